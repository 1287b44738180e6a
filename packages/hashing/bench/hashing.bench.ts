// Lookups, balance, and the cost of a change, against the rings and hashes of npm; and the cost at 10 to 10,000 nodes.
import type { Bench } from "@coterie/bench";
import {
  AnchorHash,
  HashRing,
  JumpHash,
  Maglev,
  MultiProbe,
  Partitions,
  type Placement,
  planKeys,
  Rendezvous,
  SkeletonRendezvous,
} from "@coterie/hashing";
import { elapsedMs, keys, lookupsPerSecond, median, nodeIds, peakLoad } from "./measures.ts";
import { type MakeRing, peerJump, peerRendezvous, peerRings } from "./peers.ts";
import { scale } from "./scale.ts";

export const peers: Readonly<Record<string, string>> = {
  hashring: "3.2.0",
  "consistent-hash": "1.2.2",
  jumphash: "0.2.2",
  "rendezvous-hash": "1.0.1",
  effect: "4.1.0",
};

const NODES = 100;
const ids = nodeIds(NODES);

/** `scale` as an argument leaves the peers out and measures the strategies alone, from 10 to 10,000 nodes. */
export async function run(bench: Bench): Promise<void> {
  if (!bench.args.includes("scale")) await contest(bench);
  if (!bench.args.includes("contest")) scale(bench);
}

async function contest(bench: Bench): Promise<void> {
  bench.note(
    `${keys.length.toLocaleString("en")} distinct keys like "${keys[1234]}", ${NODES} nodes, all with their defaults; lookups by this thread's processor time`,
  );
  const rings = await peerRings(bench);
  await lookups(bench, rings);
  balance(bench, rings);
  await changes(bench, rings);
}

async function lookups(bench: Bench, rings: Record<string, MakeRing | undefined>): Promise<void> {
  const ring = new HashRing(ids);
  const maglev = new Maglev(ids);
  const rendezvous = new Rendezvous(ids);
  const jump = new JumpHash(ids);
  const contender = (owner: ((key: string) => unknown) | undefined, count = keys.length) =>
    owner && ((): number => lookupsPerSecond(owner, count));
  const peer = (name: string) => {
    const made = rings[name]?.(ids);
    return contender(made && ((key) => made.owner(key)));
  };
  const all = {
    "consistent-hash": peer("consistent-hash"),
    effect: peer("effect"),
    hashring: peer("hashring"),
  };
  const common = { unit: "lookups/s", better: "higher", rounds: 9 } as const;
  const ours = (placement: Placement) => (): number => lookupsPerSecond((key) => placement.owner(key));
  await bench.compare({
    case: "ring",
    ...common,
    ours: () => lookupsPerSecond((key) => ring.owner(key)),
    peers: all,
    target: 1.2,
  });
  await bench.compare({
    case: "ring against hashring",
    ...common,
    ours: () => lookupsPerSecond((key) => ring.owner(key)),
    peers: { hashring: all.hashring },
    target: 12,
  });
  await bench.compare({
    case: "Maglev against consistent-hash",
    ...common,
    ours: () => lookupsPerSecond((key) => maglev.owner(key)),
    peers: { "consistent-hash": all["consistent-hash"] },
    target: 1.8,
  });
  await bench.compare({
    case: "rendezvous",
    ...common,
    ours: () => lookupsPerSecond((key) => rendezvous.owner(key)),
    peers: { "rendezvous-hash": contender(await peerRendezvous(bench, ids), 1000) },
    target: 300,
  });
  await bench.compare({
    case: "jump",
    ...common,
    ours: () => lookupsPerSecond((key) => jump.owner(key)),
    peers: { jumphash: contender(await peerJump(bench, ids), 10_000) },
  });
  const alone: Record<string, Placement> = {
    skeleton: new SkeletonRendezvous(ids),
    "multi-probe": new MultiProbe(ids),
    anchor: new AnchorHash(ids, { capacity: 128 }),
    "partitions of rendezvous": new Partitions(new Rendezvous(ids)),
  };
  for (const [name, placement] of Object.entries(alone)) {
    await bench.compare({ case: name, ...common, rounds: 5, ours: ours(placement), peers: {} });
  }
}

/** Max / mean load. consistent-hash throws its points anew each time, and we name our nodes anew: medians of 9. */
function balance(bench: Bench, rings: Record<string, MakeRing | undefined>): void {
  const peak = (make: MakeRing | undefined): number | undefined =>
    make &&
    median(
      Array.from({ length: 9 }, (_, i) => {
        const made = make(i === 0 ? ids : ids.map((id) => `${id}.${i}`));
        return peakLoad((key) => made.owner(key), NODES);
      }),
    );
  const row = { unit: "max / mean", better: "lower" } as const;
  bench.report({
    case: "load, ring (wanted: at most 1.08)",
    ...row,
    ours: peak((names) => new HashRing(names))!,
    peers: Object.fromEntries(Object.entries(rings).map(([name, make]) => [name, peak(make)])),
  });
  bench.report({
    case: "load, ring of these very nodes",
    ...row,
    ours: peakLoad(ownerOf(new HashRing(ids)), NODES),
  });
  bench.report({ case: "load, Maglev", ...row, ours: peak((names) => new Maglev(names))! });
  bench.report({
    case: "load, rendezvous: as even as chance",
    ...row,
    ours: peak((names) => new Rendezvous(names))!,
  });
}

async function changes(bench: Bench, rings: Record<string, MakeRing | undefined>): Promise<void> {
  const timed = (make: MakeRing | undefined, change: "add" | "remove") => {
    const made = make?.(ids);
    return (
      made &&
      ((): number => {
        const add = elapsedMs(() => made.add("guest"));
        const remove = elapsedMs(() => made.remove("guest"));
        return change === "add" ? add : remove;
      })
    );
  };
  for (const change of ["add", "remove"] as const) {
    await bench.compare({
      case: change === "add" ? "a node joins the ring (wanted: at most 1 ms)" : "a node leaves the ring",
      unit: "ms",
      better: "lower",
      rounds: 15,
      ours: timed((names) => new HashRing(names), change)!,
      peers: Object.fromEntries(Object.entries(rings).map(([name, make]) => [name, timed(make, change)])),
    });
  }
  for (const [name, make] of Object.entries({
    ring: HashRing,
    Maglev,
    rendezvous: Rendezvous,
    skeleton: SkeletonRendezvous,
  })) {
    const { share } = planKeys(new make(ids), new make([...ids, "guest"]), keys);
    bench.report({
      case: `keys that move when one joins, ${name} (least: 0.99)`,
      unit: "%",
      better: "lower",
      ours: 100 * share,
    });
  }
}

function ownerOf(placement: Placement): (key: string) => string {
  return (key) => placement.owner(key);
}
