import { InvalidArgumentError, TooLargeError } from "../errors.ts";
import { type Ordering, orderingOf } from "../ordering.ts";
import { assertCounter, type ReplicaId, replicasMax } from "../replica.ts";
import { gapsMax, type Intervals, interval, subtract } from "./intervals.ts";
import type { ReadonlyCausalContext } from "./types.ts";

/** All dots of a replica as one set of intervals. */
export function intervalsOf(context: ReadonlyCausalContext, id: ReplicaId): Intervals {
  const run = interval(1, context.vector.get(id));
  const beyond = context.cloud.get(id);
  return beyond === undefined ? run : [...run, ...beyond];
}

/** What a caller handed in; throws when it is no context. */
export function contextOf<Context extends ReadonlyCausalContext>(context: Context): Context {
  if (context?.cloud !== undefined) return context;
  throw new InvalidArgumentError("A causal context is expected: make one with causalContext().");
}

/** The replicas that any of the contexts has a dot of, sorted. */
export function idsOf(...contexts: readonly ReadonlyCausalContext[]): readonly ReplicaId[] {
  return [...new Set(contexts.flatMap(({ vector, cloud }) => [...vector.ids, ...cloud.keys()]))].sort(
    byCodeUnits,
  );
}

function byCodeUnits(a: ReplicaId, b: ReplicaId): number {
  return a < b ? -1 : Number(a > b);
}

/** How two sets of one replica's counters include each other. */
export function compareSets(a: Intervals, b: Intervals): Ordering {
  return orderingOf(subtract(b, a).length > 0, subtract(a, b).length > 0);
}

/** What is known of a replica, cut at the first gap. */
export interface Parts {
  readonly run: number;
  readonly beyond: Intervals;
}

/** Cuts a replica's set at its first gap; throws `TooLargeError` when there are too many of them. */
export function split(set: Intervals): Parts {
  const begins = set[0] === 1;
  const beyond = begins ? set.slice(2) : set;
  if (beyond.length > gapsMax * 2) {
    throw new TooLargeError(`A context has at most ${gapsMax} gaps per replica: ask for what is missing.`);
  }
  return { run: begins ? set[1]! : 0, beyond };
}

/** Throws unless a cloud may have so many replicas. */
export function assertReplicas(count: number): void {
  if (count > replicasMax) throw new TooLargeError(`A context names at most ${replicasMax} replicas.`);
}

/** Throws unless the bounds are counters in order. */
export function assertRange(from: number, to: number): void {
  assertCounter(from, 1);
  assertCounter(to, 1);
  if (to < from)
    throw new InvalidArgumentError(`A range ends where it begins or later, not ${from} to ${to}.`);
}
