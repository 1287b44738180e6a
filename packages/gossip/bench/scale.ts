import type { Bench } from "@coterie/bench";
import { World } from "@coterie/simulation";
import { Members } from "../simulation/members.ts";
import { createMembership, type Membership } from "../src/index.ts";
import { populate } from "./detection.ts";

/**
 * Thousands of members in one process: first with everything below them (hosts, drivers, codecs, a network of links),
 * from nothing to a cluster in which all know all; then the cores alone.
 */
export async function scale(bench: Bench): Promise<void> {
  const count = bench.args.includes("short") ? 200 : 2_000;
  await wholeStack(bench, count);
  coresAlone(bench, count);
}

const steadyMs = 20_000;

async function wholeStack(bench: Bench, count: number): Promise<void> {
  const started = performance.now();
  const world = new World<Membership>({
    seed: 1,
    nodes: count,
    // One node is the seed of all. They come one after another, as machines do that are switched on together.
    start: (host) => createMembership(host, { seeds: ["sim://n1"] }),
  });
  const all = () => world.ids.every((id) => world.node(id)?.metrics().members === count);
  let joined = false;
  while (!joined && world.now < 120_000) {
    await world.runFor(1_000);
    joined = all();
  }
  const joinedAt = world.now;
  const joinedWall = performance.now();
  if (!joined) bench.note(`${count} members: not all know all after ${joinedAt} virtual ms`);
  const name = `${count} members, whole stack`;
  const report = (what: string, unit: string, ours: number, more: object = {}): void =>
    bench.report({ case: `${name}: ${what}`, unit, better: "lower", ours, ...more });
  report("from nothing to all know all", "virtual s", joinedAt / 1_000);
  report("that takes", "wall s", (joinedWall - started) / 1_000);
  world.crash("n2");
  await world.runFor(steadyMs);
  const wall = (performance.now() - joinedWall) / steadyMs;
  report("watching, one of them fails: wall time of a virtual second", "s", wall, { peers: { bound: 3 } });
  const failed = world.ids.filter((id) => world.node(id)?.member("n2")?.state === "failed").length;
  bench.note(`${name}: ${failed} of ${count - 1} call the one that crashed failed after ${steadyMs} ms`);
  const { rss } = process.memoryUsage();
  report("memory of the process", "GiB", rss / 2 ** 30, { peers: { bound: 6 } });
}

function coresAlone(bench: Bench, count: number): void {
  const cluster = new Members({ seed: 1, told: () => {} });
  populate(cluster, count);
  cluster.cores.run(5_000);
  const before = performance.now();
  cluster.cores.stop("n2");
  cluster.cores.run(cluster.cores.now + steadyMs);
  bench.report({
    case: `${count} members, cores alone: wall time of a virtual second`,
    unit: "s",
    better: "lower",
    ours: (performance.now() - before) / steadyMs,
    peers: { bound: 3 },
  });
}
