import { fork } from "node:child_process";
import { once } from "node:events";
import type { Bench } from "@coterie/bench";
import { Members } from "../simulation/members.ts";
import { populate } from "./detection.ts";
import type { WholeStack } from "./whole-stack.ts";

const heapMiB = 6 * 1_024;

/**
 * Thousands of members in one process: first with everything below them (hosts, drivers, codecs, a network of links),
 * from nothing to a cluster in which all know all; then the cores alone.
 */
export async function scale(bench: Bench): Promise<void> {
  const count = bench.args.includes("short") ? 200 : 2_000;
  await wholeStack(bench, count);
  coresAlone(bench, count);
}

async function wholeStack(bench: Bench, count: number): Promise<void> {
  const file = new URL("./whole-stack.ts", import.meta.url).pathname;
  const execArgv = ["--conditions=@coterie/source", `--max-old-space-size=${heapMiB}`];
  const child = fork(file, [String(count)], { execArgv });
  const [seen] = (await Promise.race([once(child, "message"), once(child, "exit").then(() => [])])) as [
    WholeStack | undefined,
  ];
  if (seen === undefined) return bench.note(`${count} members, whole stack: the process ended too early`);
  const { joinedMs, joinWallMs, wallPerSecond, noticed, rssBytes } = seen;
  if (joinedMs === undefined) bench.note(`${count} members: not all knew all after two virtual minutes`);
  const report = (what: string, unit: string, ours: number, bound?: number): void =>
    bench.report({
      case: `${count} members, whole stack: ${what}`,
      unit,
      better: "lower",
      ours,
      ...(bound !== undefined && { peers: { bound } }),
    });
  report("all switched on at once, until all know all", "virtual s", (joinedMs ?? Number.NaN) / 1_000);
  report("until all that news is told", "wall s", joinWallMs / 1_000);
  report("a virtual second of watching, one of them failing", "wall s", wallPerSecond, 3);
  report("memory of the process", "GiB", rssBytes / 2 ** 30, 6);
  bench.note(
    `${count} members, whole stack: ${noticed} of ${count - 1} call the one that crashed failed after 20 s`,
  );
}

const steadyMs = 20_000;

function coresAlone(bench: Bench, count: number): void {
  const cluster = new Members({ seed: 1, told: () => {} });
  populate(cluster, count);
  cluster.cores.run(5_000);
  const before = performance.now();
  cluster.cores.stop("n2");
  cluster.cores.run(cluster.cores.now + steadyMs);
  bench.report({
    case: `${count} members, cores alone: a virtual second of watching, one of them failing`,
    unit: "wall s",
    better: "lower",
    ours: (performance.now() - before) / steadyMs,
    peers: { bound: 3 },
  });
}
