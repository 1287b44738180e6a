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

const lookEveryMs = 200;

/** Members that know nobody but the same few seeds, switched on at the same moment. */
export function massJoin(options: MassJoinOptions): MassJoin {
  const { count, seeds, seed, untilMs, settings = {}, loss = 0 } = options;
  const sent = new Sent();
  let failed = 0;
  const cluster = new Members({
    seed,
    settings,
    told: ({ change }) => {
      if (change === "failed") failed++;
    },
    sent: (from, _, message, now) => sent.add(from, Message.encode(message).finish().length, now),
  });
  cluster.loss = loss;
  const ids = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  const [seedIds, others] = [ids.slice(0, seeds), ids.slice(seeds)];
  for (const id of ids) cluster.start(id, seedIds);

  const curve: MassJoinMoment[] = [];
  let completeMs: number | undefined;
  while (cluster.cores.now < untilMs && completeMs === undefined) {
    cluster.cores.run(cluster.cores.now + lookEveryMs);
    const known = ids.map((id) => cluster.core(id).roster.size / count);
    curve.push({
      atMs: cluster.cores.now,
      knownMean: mean(known),
      knownLeast: Math.min(...known),
      bytesMean: mean(ids.map((id) => sent.by(id))),
      bytesMost: Math.max(...others.map((id) => sent.by(id))),
      bytesSeed: Math.max(...seedIds.map((id) => sent.by(id))),
    });
    if (known.every((share) => share === 1)) completeMs = cluster.cores.now;
  }
  const seedBytesPerSecond = sent.mostInASecond(seedIds);
  const otherBytesPerSecond = sent.mostInASecond(others);
  return { curve, completeMs, seedBytesPerSecond, otherBytesPerSecond, failed };
}

/** Bytes sent by each member, in all and in each second. */
class Sent {
  readonly #all = new Map<string, number[]>();

  add(by: string, bytes: number, now: number): void {
    const seconds = this.#all.get(by) ?? [];
    this.#all.set(by, seconds);
    const second = Math.floor(now / 1_000);
    seconds[second] = (seconds[second] ?? 0) + bytes;
  }

  by(id: string): number {
    return (this.#all.get(id) ?? []).reduce((sum, bytes) => sum + bytes, 0);
  }

  mostInASecond(ids: readonly string[]): number {
    return Math.max(...ids.flatMap((id) => this.#all.get(id) ?? [0]));
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
