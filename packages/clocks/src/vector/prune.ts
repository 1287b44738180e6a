import { InvalidArgumentError } from "../errors.ts";
import type { Dot, ReplicaId } from "../replica.ts";
import {
  type ReadonlyVersionVector,
  snapshotOf,
  type VersionVector,
  versionVector,
} from "./version-vector.ts";

/** Chooses, among a vector's entries, the replicas whose entries are to go. */
export type PrunePolicy = (entries: readonly Dot[]) => Iterable<ReplicaId>;

/** A pruned vector, and what was paid for it. */
export interface Pruned {
  readonly vector: VersionVector;
  /** The entries that were dropped, sorted by id. */
  readonly dropped: readonly Dot[];
  /**
   * Those of the dropped entries that are not known to be stable. For each of them causality is lost: a vector that
   * still has the entry now looks concurrent to, or after, a pruned one that had seen it, so that old values may come
   * back as siblings. Empty means that nothing was lost.
   */
  readonly lost: readonly Dot[];
}

/**
 * Drops the entries that `policy` names. Nothing in this package prunes by itself: a vector grows with the number of
 * replicas that ever wrote, and shrinking it trades correctness for size, unless the entries are `stable` (every
 * member has seen them, see `StabilityTracker.stable`) and their replicas will never write again.
 */
export function prune(
  vector: ReadonlyVersionVector,
  policy: PrunePolicy,
  stable: ReadonlyVersionVector = versionVector(),
): Pruned {
  if (typeof policy !== "function") {
    throw new InvalidArgumentError(
      "Pruning needs a policy: retired(), keepHighest(), or a function of your own.",
    );
  }
  const entries = [...snapshotOf(vector)];
  const ids = new Set(policy(entries));
  const dropped = entries.filter(({ id }) => ids.has(id));
  return {
    vector: snapshotOf(vector).without(ids),
    dropped,
    lost: dropped.filter(({ id, counter }) => !stable.has(id, counter)),
  };
}

/** Drops the entries of these replicas: of those that have left for good. */
export function retired(ids: Iterable<ReplicaId>): PrunePolicy {
  const gone = new Set(ids);
  return () => gone;
}

/**
 * Keeps the `sizeMax` entries that rank highest, say by when each replica was last heard of. Ties go to the id that
 * sorts first, so that replicas that rank alike prune alike.
 */
export function keepHighest(sizeMax: number, rank: (entry: Dot) => number): PrunePolicy {
  return (entries) =>
    entries
      .map((entry) => ({ id: entry.id, rank: rank(entry) }))
      .sort((a, b) => b.rank - a.rank || (a.id < b.id ? -1 : 1))
      .slice(sizeMax)
      .map(({ id }) => id);
}
