import { Message } from "../src/gen/membership.ts";
import type { MembershipSettings } from "../src/membership/options.ts";
import { Members } from "./members.ts";

export interface MassJoinOptions {
  readonly count: number;
  /** How many of them are the seeds of all. */
  readonly seeds: number;
  readonly seed: number;
  readonly untilMs: number;
  /** Share of all packets that is lost. */
  readonly loss?: number;
  readonly settings?: Partial<MembershipSettings>;
}

/** How far a cluster has come that was switched on at the same moment. Bytes are those of encoded messages. */
export interface MassJoinMoment {
  readonly atMs: number;
  /** Share of all members that a member knows: on average, and the least of all. */
  readonly knownMean: number;
  readonly knownLeast: number;
  /** What a member has sent so far: on average, and the most of all but the seeds; and the busiest seed. */
  readonly bytesMean: number;
  readonly bytesMost: number;
  readonly bytesSeed: number;
}

export interface MassJoin {
  readonly curve: readonly MassJoinMoment[];
  /** When all knew all; undefined when they did not in time. */
  readonly completeMs: number | undefined;
  /** What the busiest seed sent in its busiest second, in bytes; and the busiest of the others. */
  readonly seedBytesPerSecond: number;
  readonly otherBytesPerSecond: number;
  /** Members that were called failed, though all are well. */
  readonly failed: number;
}

const lookEveryMs = 1_000;

/** Members that know nobody but the same few seeds, switched on at the same moment. */
export function massJoin(options: MassJoinOptions): MassJoin {
  const { count, seeds, seed, untilMs, settings = {}, loss = 0 } = options;
  const bytes = new Map<string, number>();
  let failed = 0;
  const cluster = new Members({
    seed,
    settings,
    told: ({ change }) => {
      if (change === "failed") failed++;
    },
    sent: (from, _, message) => {
      bytes.set(from, (bytes.get(from) ?? 0) + Message.encode(message).finish().length);
    },
  });
  cluster.loss = loss;
  const ids = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  for (const id of ids) cluster.start(id, ids.slice(0, seeds));

  const curve: MassJoinMoment[] = [];
  const most = { seed: 0, other: 0 };
  let before = new Map<string, number>();
  let completeMs: number | undefined;
  while (cluster.cores.now < untilMs && completeMs === undefined) {
    cluster.cores.run(cluster.cores.now + lookEveryMs);
    const known = ids.map((id) => cluster.core(id).roster.size / count);
    const sent = ids.map((id) => bytes.get(id) ?? 0);
    for (const [i, id] of ids.entries()) {
      const kind = i < seeds ? "seed" : "other";
      most[kind] = Math.max(most[kind], sent[i]! - (before.get(id) ?? 0));
    }
    before = new Map(bytes);
    curve.push({
      atMs: cluster.cores.now,
      knownMean: mean(known),
      knownLeast: Math.min(...known),
      bytesMean: mean(sent),
      bytesMost: Math.max(...sent.slice(seeds)),
      bytesSeed: Math.max(...sent.slice(0, seeds)),
    });
    if (known.every((share) => share === 1)) completeMs = cluster.cores.now;
  }
  const [seedBytesPerSecond, otherBytesPerSecond] = [most.seed, most.other];
  return { curve, completeMs, seedBytesPerSecond, otherBytesPerSecond, failed };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
