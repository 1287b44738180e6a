import { InvalidArgumentError } from "../errors.ts";
import { type Inspect, type InspectOptions, inspecting } from "../inspecting.ts";
import type { Comparable, Ordering } from "../ordering.ts";
import { assertCounter, assertReplicaId, type Dot, describe, type ReplicaId, successor } from "../replica.ts";
import {
  type Cells,
  cellsOf,
  compareCells,
  counterOf,
  filterCells,
  type HasCells,
  joinCells,
  meetCells,
  noCells,
  withCounter,
} from "./cells.ts";
import { copy } from "./counters.ts";
import { Roster } from "./roster.ts";

/** What can be asked of a vector, whether or not it may change. */
export interface ReadonlyVersionVector extends HasCells, Comparable<ReadonlyVersionVector> {
  /** How many replicas have an entry. */
  readonly size: number;
  /** The replicas with an entry, sorted. */
  readonly ids: readonly ReplicaId[];
  /** The highest counter known of a replica; 0 when none is. */
  get(id: ReplicaId): number;
  /** Whether the event `counter` of `id` is covered: `counter <= get(id)`. */
  has(id: ReplicaId, counter: number): boolean;
  /** Pointwise comparison. O(n). */
  compare(other: ReadonlyVersionVector): Ordering;
  /** Everything `other` knows is known here: `compare` says "after" **or "equal"**. */
  descends(other: ReadonlyVersionVector): boolean;
  /** Everything `other` knows is known here, and more: `compare` says "after". */
  dominates(other: ReadonlyVersionVector): boolean;
  /** The entries as dots, sorted by id. */
  [Symbol.iterator](): IterableIterator<Dot>;
  /** `{ id: counter }`; `versionVector` takes it back. */
  toJSON(): Record<ReplicaId, number>;
}

/**
 * A version vector: for each replica, up to which of its events is known (Parker et al., "Detection of Mutual
 * Inconsistency in Distributed Systems", 1983). As the stamp of an event it is a vector clock's value (Fidge 1988,
 * Mattern 1989). Immutable: every operation leaves `this` as it is, and returns `this` where nothing changes.
 */
export interface VersionVector extends ReadonlyVersionVector {
  /** With one more event of `id`. O(n). */
  increment(id: ReplicaId): VersionVector;
  /** With at least `counter` events of `id`. O(n). */
  observe(id: ReplicaId, counter: number): VersionVector;
  /** The least vector that descends from both (join, pointwise maximum). O(n + m). */
  merge(other: ReadonlyVersionVector): VersionVector;
  /** The greatest vector that both descend from (meet, pointwise minimum). O(n + m). */
  meet(other: ReadonlyVersionVector): VersionVector;
  /**
   * Without the entries of some replicas. Forgets causality: sound only for replicas that everybody drops, see
   * `prune` for a way that reports what is lost.
   */
  without(ids: Iterable<ReplicaId>): VersionVector;
  /** A mutable copy. O(1); the copying is done by the first change. */
  toMutable(): MutableVersionVector;
}

/** A version vector that changes in place: the fast path for whoever counts many events between two snapshots. */
export interface MutableVersionVector extends ReadonlyVersionVector {
  /** Counts one more event of `id` and returns its counter. O(1) for a known replica. */
  increment(id: ReplicaId): number;
  /** Raises the entry of `id` to at least `counter`; says whether it changed. O(1) for a known replica. */
  observe(id: ReplicaId, counter: number): boolean;
  /** Takes over everything `other` knows; says whether anything was new. O(n + m). */
  merge(other: ReadonlyVersionVector): boolean;
  /** Forgets a replica's entry; says whether there was one. See `VersionVector.without`. */
  delete(id: ReplicaId): boolean;
  /** The value now. O(1); the next change copies, O(n). */
  snapshot(): VersionVector;
}

abstract class Vector implements ReadonlyVersionVector {
  readonly cells: Cells;

  constructor(of: Cells) {
    this.cells = of;
  }

  get size(): number {
    return this.cells.counters.length;
  }

  get ids(): readonly ReplicaId[] {
    return this.cells.roster.listed();
  }

  get(id: ReplicaId): number {
    return counterOf(this.cells, id);
  }

  has(id: ReplicaId, counter: number): boolean {
    return counter <= counterOf(this.cells, id) && counter >= 1;
  }

  compare(other: ReadonlyVersionVector): Ordering {
    return compareCells(this.cells, cellsOf(other));
  }

  descends(other: ReadonlyVersionVector): boolean {
    const ordering = this.compare(other);
    return ordering === "after" || ordering === "equal";
  }

  dominates(other: ReadonlyVersionVector): boolean {
    return this.compare(other) === "after";
  }

  *[Symbol.iterator](): IterableIterator<Dot> {
    const { roster, counters } = this.cells;
    for (let i = 0; i < counters.length; i++) yield { id: roster.ids[i]!, counter: counters[i]! };
  }

  [inspecting](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return `VersionVector ${inspect({ ...this.toJSON() }, options)}`;
  }

  toJSON(): Record<ReplicaId, number> {
    // Without a prototype, so that a replica named "__proto__" is an entry like any other.
    const json = Object.create(null) as Record<ReplicaId, number>;
    for (const { id, counter } of this) json[id] = counter;
    return json;
  }
}

class ImmutableVector extends Vector implements VersionVector {
  increment(id: ReplicaId): VersionVector {
    return new ImmutableVector(withCounter(this.cells, id, successor(this.get(id))));
  }

  observe(id: ReplicaId, counter: number): VersionVector {
    assertCounter(counter, 0);
    if (counter <= this.get(id)) return this;
    return new ImmutableVector(withCounter(this.cells, id, counter));
  }

  merge(other: ReadonlyVersionVector): VersionVector {
    switch (this.compare(other)) {
      case "before":
        return snapshotOf(other);
      case "concurrent":
        return new ImmutableVector(joinCells(this.cells, cellsOf(other)));
      default:
        return this;
    }
  }

  meet(other: ReadonlyVersionVector): VersionVector {
    switch (this.compare(other)) {
      case "after":
        return snapshotOf(other);
      case "concurrent":
        return new ImmutableVector(meetCells(this.cells, cellsOf(other)));
      default:
        return this;
    }
  }

  without(ids: Iterable<ReplicaId>): VersionVector {
    const dropped = new Set(ids);
    const kept = filterCells(this.cells, (id) => !dropped.has(id));
    return kept.counters.length === this.size ? this : new ImmutableVector(kept);
  }

  toMutable(): MutableVersionVector {
    const { roster, counters } = this.cells;
    return new MutableVector({ roster, counters }, true);
  }

  snapshot(): VersionVector {
    return this;
  }
}

class MutableVector extends Vector implements MutableVersionVector {
  /** Whether a snapshot reads the same counters: then the next change must copy them first. */
  #shared: boolean;

  constructor(of: Cells, shared: boolean) {
    super(of);
    this.#shared = shared;
  }

  increment(id: ReplicaId): number {
    const of = this.cells;
    const slot = of.roster.slot(id);
    if (slot < 0) {
      this.#insert(id, 1);
      return 1;
    }
    const counter = successor(of.counters[slot]!);
    if (this.#shared) this.#unshare();
    of.counters[slot] = counter;
    return counter;
  }

  observe(id: ReplicaId, counter: number): boolean {
    assertCounter(counter, 0);
    const of = this.cells;
    const slot = of.roster.slot(id);
    if (slot < 0) {
      if (counter === 0) return false;
      this.#insert(id, counter);
      return true;
    }
    if (counter <= of.counters[slot]!) return false;
    if (this.#shared) this.#unshare();
    of.counters[slot] = counter;
    return true;
  }

  merge(other: ReadonlyVersionVector): boolean {
    const mine = this.cells;
    const theirs = cellsOf(other);
    const ordering = compareCells(mine, theirs);
    if (ordering === "equal" || ordering === "after") return false;
    if (mine.roster === theirs.roster) {
      if (this.#shared) this.#unshare();
      const { counters } = mine;
      for (let i = 0; i < counters.length; i++) {
        if (theirs.counters[i]! > counters[i]!) counters[i] = theirs.counters[i]!;
      }
    } else {
      this.#replace(joinCells(mine, theirs));
    }
    return true;
  }

  delete(id: ReplicaId): boolean {
    if (this.cells.roster.slot(id) < 0) return false;
    this.#replace(filterCells(this.cells, (other) => other !== id));
    return true;
  }

  snapshot(): VersionVector {
    this.#shared = true;
    const { roster, counters } = this.cells;
    return new ImmutableVector({ roster, counters });
  }

  #insert(id: ReplicaId, counter: number): void {
    this.#replace(withCounter(this.cells, id, counter));
  }

  #replace(by: Cells): void {
    const of = this.cells;
    of.roster = by.roster;
    of.counters = by.counters;
    this.#shared = false;
  }

  #unshare(): void {
    this.cells.counters = copy(this.cells.counters);
    this.#shared = false;
  }
}

const empty: VersionVector = new ImmutableVector(noCells);

/**
 * Makes a version vector, from nothing, from `{ id: counter }` (what `toJSON` gives) or from dots. Entries of 0 are
 * left out. Throws `InvalidArgumentError` for bad ids or counters, or an id given twice.
 */
export function versionVector(entries?: Readonly<Record<ReplicaId, number>> | Iterable<Dot>): VersionVector {
  if (entries === undefined) return empty;
  if (entries === null || typeof entries !== "object") {
    throw new InvalidArgumentError(
      `A version vector is made from { id: counter }, not ${describe(entries)}.`,
    );
  }
  const dots = (Symbol.iterator in entries ? [...(entries as Iterable<Dot>)] : dotsOf(entries)).filter(
    (dot) => {
      assertReplicaId(dot?.id);
      assertCounter(dot.counter, 0);
      return dot.counter > 0;
    },
  );
  dots.sort((a, b) => (a.id < b.id ? -1 : 1));
  const twice = dots.find(({ id }, i) => id === dots[i + 1]?.id);
  if (twice !== undefined) throw new InvalidArgumentError(`Replica ${describe(twice.id)} is given twice.`);
  if (dots.length === 0) return empty;
  const roster = new Roster(dots.map(({ id }) => id));
  return fromCells({ roster, counters: copy(Float64Array.from(dots, ({ counter }) => counter)) });
}

function dotsOf(record: Readonly<Record<ReplicaId, number>>): Dot[] {
  return Object.entries(record).map(([id, counter]) => ({ id, counter }));
}

/** Makes a mutable version vector, from what `versionVector` takes. */
export function mutableVersionVector(
  entries?: Readonly<Record<ReplicaId, number>> | Iterable<Dot>,
): MutableVersionVector {
  return versionVector(entries).toMutable();
}

/** The value now of any vector. */
export function snapshotOf(vector: ReadonlyVersionVector): VersionVector {
  cellsOf(vector);
  return (vector as VersionVector & MutableVersionVector).snapshot();
}

/** A vector over cells that nobody else will change. */
export function fromCells(of: Cells): VersionVector {
  return of.counters.length === 0 ? empty : new ImmutableVector(of);
}
