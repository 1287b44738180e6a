import { type Inspect, type InspectOptions, inspecting } from "../inspecting.ts";
import { both, type Ordering } from "../ordering.ts";
import { assertCounter, assertReplicaId, type Dot, type ReplicaId, successor } from "../replica.ts";
import { type ReadonlyVersionVector, type VersionVector, versionVector } from "../vector/version-vector.ts";
import {
  countOf,
  countWithin,
  highest,
  type Intervals,
  includes,
  insert,
  intersect,
  interval,
  none,
  subtract,
  unite,
} from "./intervals.ts";
import {
  assertRange,
  assertReplicas,
  compareSets,
  contextOf,
  idsOf,
  intervalsOf,
  type Parts,
  split,
} from "./replica-sets.ts";
import type { CausalContext, DotRange, MutableCausalContext, ReadonlyCausalContext } from "./types.ts";

/** What can be asked of any context, from its vector and its cloud. */
abstract class DotSet implements ReadonlyCausalContext {
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
    contextOf(other);
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

  shared(other: ReadonlyCausalContext): number {
    contextOf(other);
    let count = 0;
    for (const { id, counter } of other.vector) count += this.#within(id, 1, counter);
    for (const [id, beyond] of other.cloud)
      for (let i = 0; i < beyond.length; i += 2) count += this.#within(id, beyond[i]!, beyond[i + 1]!);
    return count;
  }

  /** How many dots of a replica lie within a range. */
  #within(id: ReplicaId, from: number, to: number): number {
    const run = Math.max(0, Math.min(this.vector.get(id), to) - from + 1);
    return this.cloud.size === 0 ? run : run + countWithin(this.cloud.get(id) ?? none, from, to);
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

  [inspecting](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return `CausalContext ${inspect({ ...this.toJSON() }, options)}`;
  }

  toJSON(): Record<ReplicaId, Intervals> {
    const json = Object.create(null) as Record<ReplicaId, Intervals>;
    for (const id of idsOf(this)) json[id] = intervalsOf(this, id);
    return json;
  }
}

const noCloud: ReadonlyMap<ReplicaId, Intervals> = new Map();

class ImmutableContext extends DotSet implements CausalContext {
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
    contextOf(other);
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
    contextOf(other);
    return fromSets(idsOf(this).map((id) => [id, of(intervalsOf(this, id), intervalsOf(other, id))]));
  }

  toMutable(): MutableCausalContext {
    return new MutableContext(this.vector, this.cloud);
  }
}

class MutableContext extends DotSet implements MutableCausalContext {
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
    if (counter === run + 1 && known === undefined) return this.vector.increment(id) > 0;
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
    contextOf(other);
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

export const noDots: CausalContext = new ImmutableContext(versionVector(), noCloud);

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
  if (runs.length === 0 && cloud.size === 0) return noDots;
  return new ImmutableContext(versionVector(runs), cloud.size === 0 ? noCloud : cloud);
}

/** The context of all events that a vector covers. */
export function fromVector(vector: VersionVector): CausalContext {
  return vector.size === 0 ? noDots : new ImmutableContext(vector, noCloud);
}
