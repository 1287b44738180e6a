import { InvalidArgumentError, TooLargeError } from "../errors.ts";
import { both, type Comparable, type Ordering, orderingOf } from "../ordering.ts";
import {
  assertCounter,
  assertReplicaId,
  type Dot,
  describe,
  type ReplicaId,
  replicasMax,
  successor,
} from "../replica.ts";
import {
  type ReadonlyVersionVector,
  snapshotOf,
  type VersionVector,
  versionVector,
} from "../vector/version-vector.ts";
import {
  countOf,
  gapsMax,
  highest,
  type Intervals,
  includes,
  insert,
  intersect,
  interval,
  none,
  normalise,
  subtract,
  unite,
} from "./intervals.ts";

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
  /** The dots, one by one, sorted by id and counter. There can be very many: prefer `ranges`. */
  dots(): IterableIterator<Dot>;
  /** The dots as ranges, sorted by id and counter. */
  ranges(): IterableIterator<DotRange>;
  /** `{ id: [from, to, from, to, ...] }`; `causalContext` takes it back. */
  toJSON(): Record<ReplicaId, Intervals>;
}

/**
 * A set of dots (events), kept as a version vector and a dot cloud of intervals, always compacted: what joins onto
 * the vector's run is part of it (Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.2).
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

/** All dots of a replica as one set of intervals. */
function intervalsOf(context: ReadonlyCausalContext, id: ReplicaId): Intervals {
  const run = interval(1, context.vector.get(id));
  const beyond = context.cloud.get(id);
  return beyond === undefined ? run : [...run, ...beyond];
}

abstract class Context implements ReadonlyCausalContext {
  abstract readonly vector: ReadonlyVersionVector;
  abstract readonly cloud: ReadonlyMap<ReplicaId, Intervals>;

  get size(): number {
    let size = 0;
    for (const { counter } of this.vector) size += counter;
    for (const beyond of this.cloud.values()) size += countOf(beyond);
    return size;
  }

  get isEmpty(): boolean {
    return this.vector.size === 0 && this.cloud.size === 0;
  }

  has(id: ReplicaId, counter: number): boolean {
    if (this.vector.has(id, counter)) return true;
    if (this.cloud.size === 0) return false;
    return includes(this.cloud.get(id) ?? none, counter);
  }

  last(id: ReplicaId): number {
    return Math.max(this.vector.get(id), this.cloud.size === 0 ? 0 : highest(this.cloud.get(id) ?? none));
  }

  next(id: ReplicaId): Dot {
    assertReplicaId(id);
    return { id, counter: successor(this.last(id)) };
  }

  compare(other: ReadonlyCausalContext): Ordering {
    if (this.cloud.size === 0 && other.cloud.size === 0) return this.vector.compare(other.vector);
    let ordering: Ordering = "equal";
    for (const id of idsOf(this, other))
      ordering = both(ordering, compareSets(intervalsOf(this, id), intervalsOf(other, id)));
    return ordering;
  }

  includes(other: ReadonlyCausalContext): boolean {
    const ordering = this.compare(other);
    return ordering === "after" || ordering === "equal";
  }

  *dots(): IterableIterator<Dot> {
    for (const { id, from, to } of this.ranges()) {
      for (let counter = from; counter <= to; counter++) yield { id, counter };
    }
  }

  *ranges(): IterableIterator<DotRange> {
    for (const id of idsOf(this)) {
      const set = intervalsOf(this, id);
      for (let i = 0; i < set.length; i += 2) yield { id, from: set[i]!, to: set[i + 1]! };
    }
  }

  toJSON(): Record<ReplicaId, Intervals> {
    const json = Object.create(null) as Record<ReplicaId, Intervals>;
    for (const id of idsOf(this)) json[id] = intervalsOf(this, id);
    return json;
  }
}

function idsOf(...contexts: readonly ReadonlyCausalContext[]): readonly ReplicaId[] {
  return [...new Set(contexts.flatMap(({ vector, cloud }) => [...vector.ids, ...cloud.keys()]))].sort(
    byCodeUnits,
  );
}

function byCodeUnits(a: ReplicaId, b: ReplicaId): number {
  return a < b ? -1 : Number(a > b);
}

function compareSets(a: Intervals, b: Intervals): Ordering {
  return orderingOf(subtract(b, a).length > 0, subtract(a, b).length > 0);
}

const noCloud: ReadonlyMap<ReplicaId, Intervals> = new Map();

class ImmutableContext extends Context implements CausalContext {
  readonly vector: VersionVector;
  readonly cloud: ReadonlyMap<ReplicaId, Intervals>;

  constructor(vector: VersionVector, cloud: ReadonlyMap<ReplicaId, Intervals>) {
    super();
    this.vector = vector;
    this.cloud = cloud;
  }

  add(id: ReplicaId, counter: number): CausalContext {
    const mutable = this.toMutable();
    return mutable.add(id, counter) ? mutable.snapshot() : this;
  }

  merge(other: ReadonlyCausalContext): CausalContext {
    if (this.cloud.size === 0 && other.cloud.size === 0) {
      const vector = this.vector.merge(other.vector);
      return vector === this.vector ? this : new ImmutableContext(vector, noCloud);
    }
    const mutable = this.toMutable();
    return mutable.merge(other) ? mutable.snapshot() : this;
  }

  intersect(other: ReadonlyCausalContext): CausalContext {
    return this.#combine(other, intersect);
  }

  subtract(other: ReadonlyCausalContext): CausalContext {
    return this.#combine(other, subtract);
  }

  #combine(other: ReadonlyCausalContext, of: (a: Intervals, b: Intervals) => Intervals): CausalContext {
    const sets = idsOf(this).map((id) => [id, of(intervalsOf(this, id), intervalsOf(other, id))] as const);
    return fromSets(sets);
  }

  toMutable(): MutableCausalContext {
    return new MutableContext(this.vector, this.cloud);
  }
}

class MutableContext extends Context implements MutableCausalContext {
  readonly vector;
  readonly cloud: Map<ReplicaId, Intervals>;

  constructor(vector: VersionVector, cloud: ReadonlyMap<ReplicaId, Intervals>) {
    super();
    this.vector = vector.toMutable();
    this.cloud = new Map(cloud);
  }

  add(id: ReplicaId, counter: number): boolean {
    assertCounter(counter, 1);
    const run = this.vector.get(id);
    if (counter <= run) return false;
    const known = this.cloud.size === 0 ? undefined : this.cloud.get(id);
    if (counter === run + 1 && known === undefined) return this.vector.observe(id, counter);
    return this.#addAround(id, run, known ?? none, counter);
  }

  #addAround(id: ReplicaId, run: number, beyond: Intervals, counter: number): boolean {
    assertReplicaId(id);
    const now = insert(beyond, counter);
    if (now === beyond) return false;
    this.#put(id, counter === run + 1 ? unite(interval(1, run), now) : now);
    return true;
  }

  addRange(id: ReplicaId, from: number, to: number): void {
    assertReplicaId(id);
    assertRange(from, to);
    this.#put(id, unite(intervalsOf(this, id), [from, to]));
  }

  tick(id: ReplicaId): Dot {
    const dot = this.next(id);
    this.add(id, dot.counter);
    return dot;
  }

  merge(other: ReadonlyCausalContext): boolean {
    // All that can fail comes first, so that a refused merge has changed nothing.
    const united = [...new Set([...this.cloud.keys(), ...other.cloud.keys()])].map((id) => {
      const mine = intervalsOf(this, id);
      const all = unite(mine, intervalsOf(other, id));
      return { id, parts: split(all), grows: countOf(all) > countOf(mine) };
    });
    assertReplicas(united.filter(({ parts }) => parts.beyond.length > 0).length);
    const changed = this.vector.merge(other.vector);
    for (const { id, parts } of united) this.#set(id, parts);
    return changed || united.some(({ grows }) => grows);
  }

  snapshot(): CausalContext {
    return new ImmutableContext(
      this.vector.snapshot(),
      this.cloud.size === 0 ? noCloud : new Map(this.cloud),
    );
  }

  /** Replaces what is known of a replica, or its cloud alone when `set` begins beyond a gap. */
  #put(id: ReplicaId, set: Intervals): void {
    const parts = split(set);
    if (parts.beyond.length > 0 && !this.cloud.has(id)) assertReplicas(this.cloud.size + 1);
    this.#set(id, parts);
  }

  #set(id: ReplicaId, { run, beyond }: Parts): void {
    this.vector.observe(id, run);
    if (beyond.length > 0) this.cloud.set(id, beyond);
    else this.cloud.delete(id);
  }
}

/** What is known of a replica, cut at the first gap. */
interface Parts {
  readonly run: number;
  readonly beyond: Intervals;
}

function split(set: Intervals): Parts {
  const begins = set[0] === 1;
  const beyond = begins ? set.slice(2) : set;
  if (beyond.length > gapsMax * 2) {
    throw new TooLargeError(`A context has at most ${gapsMax} gaps per replica: ask for what is missing.`);
  }
  return { run: begins ? set[1]! : 0, beyond };
}

function assertReplicas(count: number): void {
  if (count > replicasMax) throw new TooLargeError(`A context names at most ${replicasMax} replicas.`);
}

const empty: CausalContext = new ImmutableContext(versionVector(), noCloud);

/** A context from sets of counters by replica, each in the form of `Intervals`; the ids valid and distinct. */
export function fromSets(sets: Iterable<readonly [ReplicaId, Intervals]>): CausalContext {
  const runs: Dot[] = [];
  const cloud = new Map<ReplicaId, Intervals>();
  for (const [id, set] of sets) {
    const { run, beyond } = split(set);
    if (run > 0) runs.push({ id, counter: run });
    if (beyond.length > 0) cloud.set(id, beyond);
  }
  assertReplicas(cloud.size);
  if (runs.length === 0 && cloud.size === 0) return empty;
  return new ImmutableContext(versionVector(runs), cloud.size === 0 ? noCloud : cloud);
}

/**
 * Makes a causal context: empty, of all events a vector covers, or from `{ id: [from, to, from, to, ...] }` (what
 * `toJSON` gives; the intervals in any order). Throws `InvalidArgumentError` for anything else.
 */
export function causalContext(
  from?: ReadonlyVersionVector | Readonly<Record<ReplicaId, readonly number[]>>,
): CausalContext {
  if (from === undefined) return empty;
  if (from === null || typeof from !== "object") {
    throw new InvalidArgumentError(
      `A causal context is made from { id: [from, to] }, not ${describe(from)}.`,
    );
  }
  if (isVector(from)) return new ImmutableContext(snapshotOf(from), noCloud);
  return fromSets(Object.entries(from).map(([id, set]) => [id, checkedSet(id, set)]));
}

function checkedSet(id: ReplicaId, set: readonly number[]): Intervals {
  assertReplicaId(id);
  if (!Array.isArray(set) || set.length % 2 !== 0) {
    throw new InvalidArgumentError(
      `The dots of ${describe(id)} are [from, to, from, to, ...], not ${describe(set)}.`,
    );
  }
  for (let i = 0; i < set.length; i += 2) assertRange(set[i]!, set[i + 1]!);
  return normalise(set);
}

function assertRange(from: number, to: number): void {
  assertCounter(from, 1);
  assertCounter(to, 1);
  if (to < from)
    throw new InvalidArgumentError(`A range ends where it begins or later, not ${from} to ${to}.`);
}

/** A replica may be named "cells" too: then its dots stand there. */
function isVector(
  from: ReadonlyVersionVector | Readonly<Record<ReplicaId, readonly number[]>>,
): from is ReadonlyVersionVector {
  return "cells" in from && !Array.isArray(from.cells);
}

/** Makes a mutable causal context, from what `causalContext` takes. */
export function mutableCausalContext(
  from?: ReadonlyVersionVector | Readonly<Record<ReplicaId, readonly number[]>>,
): MutableCausalContext {
  return causalContext(from).toMutable();
}
