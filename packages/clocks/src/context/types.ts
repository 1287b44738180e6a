import type { Comparable, Ordering } from "../ordering.ts";
import type { Dot, ReplicaId } from "../replica.ts";
import type { ReadonlyVersionVector, VersionVector } from "../vector/version-vector.ts";
import type { Intervals } from "./intervals.ts";

/** The events `from` to `to` of one replica, both included. */
export interface DotRange {
  readonly id: ReplicaId;
  readonly from: number;
  readonly to: number;
}

/** What can be asked of a causal context, whether or not it may change. */
export interface ReadonlyCausalContext extends Comparable<ReadonlyCausalContext> {
  /** The events known without a gap: for each replica, the longest unbroken run from its first event on. */
  readonly vector: ReadonlyVersionVector;
  /** The dot cloud: what is known beyond the gaps, as intervals; a replica without any has no entry. */
  readonly cloud: ReadonlyMap<ReplicaId, Intervals>;
  /** How many dots there are. */
  readonly size: number;
  readonly isEmpty: boolean;
  /** Whether the event is known. O(1), and O(log gaps) beyond the first gap. */
  has(id: ReplicaId, counter: number): boolean;
  /** The highest counter known of a replica, gaps or not; 0 when none is. */
  last(id: ReplicaId): number;
  /** The dot that the next event of `id` will have: one after `last`, so that no known dot is named again. */
  next(id: ReplicaId): Dot;
  /** Set inclusion: "before" when every dot here is in `other`, and not the other way round. */
  compare(other: ReadonlyCausalContext): Ordering;
  /** Whether every dot of `other` is here. */
  includes(other: ReadonlyCausalContext): boolean;
  /** How many dots are both here and in `other`. O(intervals of `other` * log gaps). */
  shared(other: ReadonlyCausalContext): number;
  /** The dots, one by one, sorted by id and counter. There can be very many: prefer `ranges`. */
  dots(): IterableIterator<Dot>;
  /** The dots as ranges, sorted by id and counter. */
  ranges(): IterableIterator<DotRange>;
  /** `{ id: [from, to, from, to, ...] }`; `causalContext` takes it back. */
  toJSON(): Record<ReplicaId, Intervals>;
}

/**
 * A set of dots (events), kept as a version vector and a dot cloud of intervals, always compacted: what joins onto
 * the vector's run is part of it (Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018).
 * Immutable: operations leave `this` as it is, and return `this` where nothing changes.
 */
export interface CausalContext extends ReadonlyCausalContext {
  readonly vector: VersionVector;
  /** With one dot more. */
  add(id: ReplicaId, counter: number): CausalContext;
  /** The dots of both. O(n + m). */
  merge(other: ReadonlyCausalContext): CausalContext;
  /** The dots that are in both. O(n + m). */
  intersect(other: ReadonlyCausalContext): CausalContext;
  /** The dots that are here and not in `other`: what the other side lacks. O(n + m). */
  subtract(other: ReadonlyCausalContext): CausalContext;
  /** A mutable copy. O(cloud). */
  toMutable(): MutableCausalContext;
}

/** A causal context that changes in place. */
export interface MutableCausalContext extends ReadonlyCausalContext {
  /** Adds one dot; says whether it was new. O(1) for the replica's next dot. */
  add(id: ReplicaId, counter: number): boolean;
  /** Adds the events `from` to `to` of a replica. */
  addRange(id: ReplicaId, from: number, to: number): void;
  /** Names the next event of `id`, adds it, and returns its dot. */
  tick(id: ReplicaId): Dot;
  /** Adds all dots of `other`; says whether any was new. O(n + m), and O(n) without clouds. */
  merge(other: ReadonlyCausalContext): boolean;
  /** The value now. O(cloud). */
  snapshot(): CausalContext;
}
