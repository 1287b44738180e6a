// Three members, each a process, on loopback with durable writes of 100 bytes; beside them etcd where it is installed,
// and zmq-raft where it was built.
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Bench } from "@coterie/bench";
import { entriesPerSecond } from "./core-alone.ts";
import { EtcdGroup, etcdVersion } from "./etcd.ts";
import { Group } from "./group.ts";
import type { Figures } from "./load.ts";
import { measureLongLog } from "./long-log.ts";
import { ZmqRaftGroup } from "./zmq-raft.ts";

export const peers: Readonly<Record<string, string>> = { etcd3: "1.1.2" };

const rounds = 3;
const durationMs = 2_000;

export async function run(bench: Bench): Promise<void> {
  const quick = bench.args.includes("--quick");
  await using group = await Group.start();
  await using etcd = await startEtcd(bench);
  await using zmqRaft = await startZmqRaft(bench);
  bench.report({
    case: "the disk: write of 128 B and fdatasync",
    unit: "syncs/s",
    better: "higher",
    ours: await syncsPerSecond(),
  });

  await bench.compare({
    case: "three cores alone, no input or output, batches of 64",
    unit: "entries/s",
    better: "higher",
    ours: () => entriesPerSecond(64, 500_000),
    peers: {},
    rounds,
  });

  for (const { kind, from, count, target } of casesOf(quick)) {
    const name = `${kind}s, ${from === "remote" ? "remote" : `embedded in the ${from}`}, ${count} ${count === 1 ? "client" : "clients"}`;
    const ours: Figures[] = [];
    const seen: Record<string, Figures[]> = {};
    const contender = (peer: string, load: () => Promise<Figures>) => {
      seen[peer] = [];
      return { [peer]: async () => perSecond(seen[peer]!, await load()) };
    };
    // etcd's client cannot hold a thousand calls in one process without timing out. zmq-raft has no reads of its own.
    const contest = etcd !== undefined && count <= 64;
    const writers = zmqRaft !== undefined && count <= 64 && kind === "write";
    await bench.compare({
      case: name,
      unit: "calls/s",
      better: "higher",
      rounds: quick ? 1 : rounds,
      ...(contest && target !== undefined ? { target } : {}),
      ours: async () => perSecond(ours, await group.load(from, kind, count, durationMs)),
      peers: {
        ...(contest && contender("etcd", () => etcd.load(kind, count, durationMs))),
        ...(writers && contender("zmq-raft", () => zmqRaft.load(count, durationMs))),
      },
    });
    for (const share of ["p50Ms", "p99Ms"] as const) {
      bench.report({
        case: `${name}, ${share.slice(0, 3)}`,
        unit: "ms",
        better: "lower",
        ours: median(ours.map((figures) => figures[share])),
        peers: Object.fromEntries(
          Object.entries(seen).map(([peer, figures]) => [peer, median(figures.map((one) => one[share]))]),
        ),
      });
    }
  }
  await measureLongLog(bench, quick ? 100_000 : 1_000_000);
  await measureFailover(bench, group);
}

interface Case {
  readonly kind: "write" | "read";
  readonly from: "leader" | "follower" | "remote";
  readonly count: number;
  /** How many times the best peer's rate is wanted. */
  readonly target?: number;
}

function casesOf(quick: boolean): readonly Case[] {
  return [
    { kind: "write", from: "leader", count: 1, target: 2 },
    { kind: "write", from: "leader", count: 16, target: 5 },
    { kind: "write", from: "leader", count: 64, target: 10 },
    ...(quick ? [] : [{ kind: "write", from: "leader", count: 1024 } as const]),
    { kind: "write", from: "follower", count: 64 },
    { kind: "write", from: "remote", count: 1 },
    { kind: "write", from: "remote", count: 16 },
    { kind: "write", from: "remote", count: 64, target: 5 },
    { kind: "read", from: "leader", count: 64, target: 10 },
    { kind: "read", from: "follower", count: 64, target: 10 },
    { kind: "read", from: "remote", count: 64, target: 10 },
  ];
}

/** What a client sees when the leader is killed: `--kills N` for more than a few. */
async function measureFailover(bench: Bench, group: Group): Promise<void> {
  const kills = Number(bench.args[bench.args.indexOf("--kills") + 1] ?? 0) || 5;
  const gaps: number[] = [];
  for (let kill = 0; kill < kills; kill++) gaps.push(await group.failOver());
  gaps.sort((a, b) => a - b);
  const timeouts = 2 * 1_000;
  bench.report({
    case: `no answer after SIGKILL of the leader, median of ${kills}`,
    unit: "ms",
    better: "lower",
    ours: median(gaps),
  });
  bench.report({
    case: `no answer after SIGKILL of the leader, p99 of ${kills}, beside two election timeouts`,
    unit: "ms",
    better: "lower",
    ours: gaps.at(-1) ?? Number.NaN,
    peers: { "2 election timeouts": timeouts },
    target: 1,
  });
}

function perSecond(seen: Figures[], figures: Figures): number {
  seen.push(figures);
  return figures.perSecond;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function startEtcd(bench: Bench): Promise<EtcdGroup | undefined> {
  const version = etcdVersion();
  const client = await bench.peer("etcd3");
  if (version === undefined || client === undefined) {
    bench.note("no etcd on the PATH (Debian: etcd-server), or no etcd3 from npm: ours alone");
    return undefined;
  }
  bench.note(`etcd ${version}, three servers on loopback, called through npm etcd3 from a fourth process`);
  return EtcdGroup.start(client.default ?? client);
}

/** Beside us only where it was built: see zmq-raft.ts. */
async function startZmqRaft(bench: Bench): Promise<ZmqRaftGroup | undefined> {
  const option = (name: string): string | undefined =>
    bench.args.includes(name) ? bench.args[bench.args.indexOf(name) + 1] : undefined;
  const folder = option("--zmq-raft");
  const group = folder && (await ZmqRaftGroup.start(resolve(folder), option("--zmq-raft-node") ?? "node"));
  if (group)
    bench.note(
      "zmq-raft 0.5.0, three servers on loopback, its log durable, called from a process of its own",
    );
  else bench.note("zmq-raft is not measured: packages/raft/bench/zmq-raft.ts says how to build it");
  return group || undefined;
}

/** What one write at a time can reach at most on this disk. */
async function syncsPerSecond(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "coterie-sync-"));
  const file = await open(join(directory, "file"), "w");
  await file.write(new Uint8Array(4 * 1024 * 1024), 0);
  await file.sync();
  const record = new Uint8Array(128).fill(1);
  const began = performance.now();
  let count = 0;
  while (performance.now() - began < 1_000) {
    await file.write(record, 0, record.length, (count++ * record.length) % (4 * 1024 * 1024));
    await file.datasync();
  }
  const elapsed = performance.now() - began;
  await file.close();
  await rm(directory, { recursive: true });
  return (count / elapsed) * 1000;
}
