import { InvalidArgumentError, TooLargeError } from "../errors.ts";
import { type Comparable, type Ordering, orderingOf } from "../ordering.ts";
import {
  assertCounter,
  assertReplicaId,
  describe,
  type ReplicaId,
  replicasMax,
  successor,
} from "../replica.ts";
import { cellsOf } from "../vector/cells.ts";
import { type ReadonlyVersionVector, type VersionVector, versionVector } from "../vector/version-vector.ts";

/**
 * What is known of one replica's writes: all up to `counter`; the newest `values.length` of them are still current,
 * newest first. So `values[0]` was write `counter`, `values[1]` the one before, and everything older is overwritten.
 */
export interface DottedEntry<Value> {
  readonly id: ReplicaId;
  readonly counter: number;
  readonly values: readonly Value[];
}

/** Orders two values, as `Array.sort` has it: below 0 when `a` is the older one. */
export type ValueOrder<Value> = (a: Value, b: Value) => number;

/**
 * A dotted version vector set: all concurrent values of one key (its siblings) and the causal history that decides
 * which values are overwritten, as a server keeps it (Almeida, Baquero, Gonçalves, Preguiça, Fonte, "Scalable and
 * Accurate Causality Tracking for Eventually Consistent Stores", 2014). Immutable.
 *
 * The ids are those of the servers that accept writes, not of the clients: there are few of them, and a server counts
 * its own writes without gaps. `join` is what a reader is given and hands back with its write; a write replaces the
 * values its context covers and none other, so that concurrent writes become siblings and no write is lost.
 */
export interface DottedVersionVectorSet<Value> extends Comparable<DottedVersionVectorSet<Value>> {
  /** Sorted by replica id. */
  readonly entries: readonly DottedEntry<Value>[];
  /** How many values are current. */
  readonly size: number;
  /** The current values, by replica, newest first. */
  values(): Value[];
  /** The whole causal history as a version vector: the context for a write that has seen all values. */
  join(): VersionVector;
  /**
   * Server `id` accepts a write: `value` replaces what `context` covers and stands beside what it does not. Without
   * a context the write has seen everything that is here.
   */
  update(id: ReplicaId, value: Value, context?: ReadonlyVersionVector): DottedVersionVectorSet<Value>;
  /** What two servers know together: values that either knows to be overwritten go. O(n + m). */
  sync(other: DottedVersionVectorSet<Value>): DottedVersionVectorSet<Value>;
  /** Without the values that `context` covers; their history stays, so that they do not come back. */
  discard(context: ReadonlyVersionVector): DottedVersionVectorSet<Value>;
  /** The newest value in some order; undefined when there is none. Changes nothing. */
  last(order: ValueOrder<Value>): Value | undefined;
  /** Where there are siblings, server `id` replaces them by what `resolve` makes of them. */
  reconcile(id: ReplicaId, resolve: (siblings: readonly Value[]) => Value): DottedVersionVectorSet<Value>;
  /** `reconcile` to the newest value in some order. */
  lastWriterWins(id: ReplicaId, order: ValueOrder<Value>): DottedVersionVectorSet<Value>;
  /** With every value replaced, the history kept. */
  map<Other>(change: (value: Value) => Other): DottedVersionVectorSet<Other>;
  /** "before" when `other` knows all writes and all overwritings known here, and more. Values are not looked at. */
  compare(other: DottedVersionVectorSet<Value>): Ordering;
  /** The entries; `dottedVersionVectorSet` takes them back. */
  toJSON(): readonly DottedEntry<Value>[];
}

/** Makes an empty set, or one from its entries. Throws `InvalidArgumentError` for entries that cannot be. */
export function dottedVersionVectorSet<Value>(
  entries: readonly DottedEntry<Value>[] = [],
): DottedVersionVectorSet<Value> {
  if (!Array.isArray(entries)) {
    throw new InvalidArgumentError(
      `A dotted version vector set is made from entries, not ${describe(entries)}.`,
    );
  }
  const sorted = entries.map(checked<Value>).sort((a, b) => (a.id < b.id ? -1 : 1));
  const twice = sorted.find(({ id }, i) => id === sorted[i + 1]?.id);
  if (twice !== undefined) throw new InvalidArgumentError(`Replica ${describe(twice.id)} is given twice.`);
  return make(sorted);
}

function checked<Value>(entry: DottedEntry<Value>): DottedEntry<Value> {
  assertReplicaId(entry?.id);
  assertCounter(entry.counter, 1);
  if (!Array.isArray(entry.values) || entry.values.length > entry.counter) {
    throw new InvalidArgumentError(
      `Replica ${describe(entry.id)} has more values than writes, or no list of them.`,
    );
  }
  return { id: entry.id, counter: entry.counter, values: [...entry.values] };
}

function make<Value>(entries: readonly DottedEntry<Value>[]): DottedVersionVectorSet<Value> {
  if (entries.length > replicasMax) throw new TooLargeError(`A set names at most ${replicasMax} replicas.`);
  return new DottedSet(entries);
}

/** Up to which write a replica's writes are overwritten. */
function overwritten({ counter, values }: DottedEntry<unknown>): number {
  return counter - values.length;
}

/** What two sides know of one replica together: the later writes of both, less what either knows to be overwritten. */
function syncEntry<Value>(a: DottedEntry<Value>, b: DottedEntry<Value>): DottedEntry<Value> {
  const later = a.counter >= b.counter ? a : b;
  const gone = Math.max(overwritten(a), overwritten(b));
  if (gone === overwritten(later)) return later;
  return { id: a.id, counter: later.counter, values: later.values.slice(0, later.counter - gone) };
}

function zip<Value>(
  a: readonly DottedEntry<Value>[],
  b: readonly DottedEntry<Value>[],
  each: (x: DottedEntry<Value> | undefined, y: DottedEntry<Value> | undefined) => void,
): void {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const x = a[i];
    const y = b[j];
    const takeX = x !== undefined && (y === undefined || x.id <= y.id);
    const takeY = y !== undefined && (x === undefined || y.id <= x.id);
    each(takeX ? x : undefined, takeY ? y : undefined);
    if (takeX) i++;
    if (takeY) j++;
  }
}

class DottedSet<Value> implements DottedVersionVectorSet<Value> {
  readonly entries: readonly DottedEntry<Value>[];

  constructor(entries: readonly DottedEntry<Value>[]) {
    this.entries = entries;
  }

  get size(): number {
    return this.entries.reduce((sum, { values }) => sum + values.length, 0);
  }

  values(): Value[] {
    return this.entries.flatMap(({ values }) => values);
  }

  join(): VersionVector {
    return versionVector(this.entries);
  }

  update(id: ReplicaId, value: Value, context?: ReadonlyVersionVector): DottedVersionVectorSet<Value> {
    assertReplicaId(id);
    const known = context === undefined ? this.#overwritten() : this.#overwrittenBy(context);
    const own = known.find((entry) => entry.id === id) ?? { id, counter: 0, values: [] };
    const written = { id, counter: successor(own.counter), values: [value, ...own.values] };
    const at = known.findIndex((entry) => entry.id >= id);
    const rest = known.filter((entry) => entry.id !== id);
    return make(rest.toSpliced(at < 0 ? rest.length : at, 0, written));
  }

  #overwritten(): readonly DottedEntry<Value>[] {
    return this.entries.map(({ id, counter }) => ({ id, counter, values: [] }));
  }

  /** What is known here and in the context together: a context is a set whose values are all overwritten. */
  #overwrittenBy(context: ReadonlyVersionVector): readonly DottedEntry<Value>[] {
    cellsOf(context);
    return this.sync(make([...context].map(({ id, counter }) => ({ id, counter, values: [] })))).entries;
  }

  sync(other: DottedVersionVectorSet<Value>): DottedVersionVectorSet<Value> {
    const result: DottedEntry<Value>[] = [];
    zip(this.entries, entriesOf(other), (a, b) => {
      result.push(a !== undefined && b !== undefined ? syncEntry(a, b) : (a ?? b)!);
    });
    return make(result);
  }

  discard(context: ReadonlyVersionVector): DottedVersionVectorSet<Value> {
    cellsOf(context);
    return make(
      this.entries.map((entry) => {
        const gone = Math.max(overwritten(entry), Math.min(entry.counter, context.get(entry.id)));
        return { ...entry, values: entry.values.slice(0, entry.counter - gone) };
      }),
    );
  }

  last(order: ValueOrder<Value>): Value | undefined {
    const values = this.values();
    return values.length === 0 ? undefined : newest(values, order);
  }

  reconcile(id: ReplicaId, resolve: (siblings: readonly Value[]) => Value): DottedVersionVectorSet<Value> {
    const siblings = this.values();
    return siblings.length > 1 ? this.update(id, resolve(siblings)) : this;
  }

  lastWriterWins(id: ReplicaId, order: ValueOrder<Value>): DottedVersionVectorSet<Value> {
    return this.reconcile(id, (siblings) => newest(siblings, order));
  }

  map<Other>(change: (value: Value) => Other): DottedVersionVectorSet<Other> {
    return make(
      this.entries.map((entry) => ({ ...entry, values: entry.values.map((value) => change(value)) })),
    );
  }

  compare(other: DottedVersionVectorSet<Value>): Ordering {
    let less = false;
    let greater = false;
    zip(this.entries, entriesOf(other), (a, b) => {
      const writes = (a?.counter ?? 0) - (b?.counter ?? 0);
      const gone = (a === undefined ? 0 : overwritten(a)) - (b === undefined ? 0 : overwritten(b));
      if (writes < 0 || gone < 0) less = true;
      if (writes > 0 || gone > 0) greater = true;
    });
    return orderingOf(less, greater);
  }

  toJSON(): readonly DottedEntry<Value>[] {
    return this.entries;
  }
}

function newest<Value>(values: readonly Value[], order: ValueOrder<Value>): Value {
  return values.reduce((best, value) => (order(value, best) > 0 ? value : best));
}

/** The entries of what a caller handed in; throws when it is no such set. */
export function entriesOf<Value>(set: DottedVersionVectorSet<Value>): readonly DottedEntry<Value>[] {
  if (!Array.isArray(set?.entries)) {
    throw new InvalidArgumentError(
      "A dotted version vector set is expected: make one with dottedVersionVectorSet().",
    );
  }
  return set.entries;
}
