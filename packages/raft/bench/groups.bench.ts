// Many groups on three hosts, each a process, on loopback with durable writes of 100 bytes: what they cost when nobody
// asks anything, what they write, and how soon all have another leader when theirs dies. Without quiescence a thousand
// only: ten thousand would be as many heartbeats as a process can write. `--quick`: a thousand groups only. No peers: nothing on npm runs many groups in one process.
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "@coterie/bench";
import { GroupsCluster } from "./groups-cluster.ts";

export const peers: Readonly<Record<string, string>> = {};

const clients = 64;

export async function run(bench: Bench): Promise<void> {
  const quick = bench.args.includes("--quick");
  const counts = quick ? [1_000] : [1_000, 10_000];
  bench.note(
    "peers here are the same groups without quiescence, or one group by createRaft, on the same hosts",
  );
  const awake = await measureAwake(bench, 1_000, quick);
  for (const count of counts) await measureQuiet(bench, count, quick, count === 1_000 ? awake : undefined);
}

/** What a host's second costs when nobody asks anything. */
interface Idle {
  readonly cpu: number;
  readonly messages: number;
  readonly batches: number;
  readonly bytes: number;
}

async function idle(cluster: GroupsCluster, durationMs: number): Promise<Idle> {
  const before = await cluster.sample();
  const began = performance.now();
  await sleep(durationMs);
  const after = await cluster.sample();
  const seconds = (performance.now() - began) / 1_000;
  return {
    cpu: (after.cpuMs - before.cpuMs) / seconds / 10,
    messages: (after.messages - before.messages) / seconds,
    batches: (after.batches - before.batches) / seconds,
    bytes: (after.sentBytes - before.sentBytes) / seconds,
  };
}

async function measureAwake(bench: Bench, count: number, quick: boolean): Promise<Idle> {
  bench.note(`measuring ${count} groups that never go quiet`);
  await using cluster = await GroupsCluster.start(count, false);
  await cluster.open();
  await cluster.settle(false);
  return await idle(cluster, quick ? 2_000 : 5_000);
}

async function measureQuiet(bench: Bench, count: number, quick: boolean, awake?: Idle): Promise<void> {
  await using cluster = await GroupsCluster.start(count, true);
  const empty = await cluster.sample(undefined, true);
  const report = (what: string, unit: string, ours: number, peer?: Readonly<Record<string, number>>): void =>
    bench.report({
      case: `${count} groups, ${what}`,
      unit,
      better: unit.endsWith("/s") && what.includes("writes") ? "higher" : "lower",
      ours,
      ...(peer ? { peers: peer } : {}),
    });
  report("opened on a host for the first time, three hosts at once", "ms", await cluster.open());
  const began = performance.now();
  const led = await cluster.settle(true);
  report("until all are led and quiet after that", "ms", performance.now() - began);
  const settled = await cluster.sample(undefined, true);
  report("memory of a host, each", "bytes", (settled.heapBytes - empty.heapBytes) / count);
  report("resident memory of a host, each", "bytes", (settled.residentBytes - empty.residentBytes) / count);

  const quiet = await idle(cluster, quick ? 2_000 : 5_000);
  const idles = (what: string, unit: string, of: (idle: Idle) => number): void =>
    report(`idle: ${what} of a host`, unit, of(quiet), awake && { "never quiet": of(awake) });
  idles("processor", "% of a core", ({ cpu }) => cpu);
  idles("messages of groups", "messages/s", ({ messages }) => messages);
  idles("batches", "batches/s", ({ batches }) => batches);
  idles("bytes sent", "bytes/s", ({ bytes }) => bytes);

  const durationMs = quick ? 1_000 : 3_000;
  for (const active of [1, 100, 1_000].filter((wanted) => wanted <= 100 || led >= wanted / 2)) {
    await bench.compare({
      case: `${count} groups, writes to ${Math.min(active, led)} of them, ${clients} clients in their leader's process`,
      unit: "writes/s",
      better: "higher",
      rounds: quick ? 1 : 3,
      ours: async () => (await cluster.load(active, clients, durationMs)).perSecond,
      peers: { "one group": async () => (await cluster.load(0, clients, durationMs)).perSecond },
    });
  }
  await cluster.settle(true);
  report("all follow another leader after SIGKILL of theirs", "ms", await cluster.failOver(), {
    "2 election timeouts": 2_000,
  });
}
