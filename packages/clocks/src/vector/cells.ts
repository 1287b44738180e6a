import { InvalidArgumentError } from "../errors.ts";
import { type Ordering, orderingOf } from "../ordering.ts";
import type { ReplicaId } from "../replica.ts";
import { allocate } from "./counters.ts";
import { nobody, Roster } from "./roster.ts";

/**
 * What every vector is made of: `counters[i]`, at least 1, counts the events of `roster.ids[i]`. The functions here
 * are the whole mathematics of vectors; the classes around them only say who may change what.
 */
export interface Cells {
  roster: Roster;
  counters: Float64Array;
}

/** What stands behind every public vector. */
export interface HasCells {
  /** The package's own view of the vector. Shared memory: reading it elsewhere is fragile, writing it is a bug. */
  readonly cells: Cells;
}

/** The cells of what a caller handed in; throws when it is no vector. */
export function cellsOf(vector: HasCells): Cells {
  const found = vector?.cells;
  if (found === undefined) {
    throw new InvalidArgumentError("A version vector is expected: make one with versionVector().");
  }
  return found;
}

export const noCells: Cells = { roster: nobody, counters: allocate(0) };

export function counterOf(of: Cells, id: ReplicaId): number {
  const slot = of.roster.slot(id);
  return slot < 0 ? 0 : of.counters[slot]!;
}

/** Pointwise comparison. O(n); over one roster no id is read. */
export function compareCells(a: Cells, b: Cells): Ordering {
  return a.roster === b.roster ? compareAligned(a.counters, b.counters) : compareZipped(a, b);
}

function compareAligned(a: Float64Array, b: Float64Array): Ordering {
  const length = a.length;
  let less = false;
  let greater = false;
  for (let i = 0; i < length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x < y) {
      if (greater) return "concurrent";
      less = true;
    } else if (x > y) {
      if (less) return "concurrent";
      greater = true;
    }
  }
  return orderingOf(less, greater);
}

function compareZipped(a: Cells, b: Cells): Ordering {
  let less = false;
  let greater = false;
  let alike = true;
  zip(a, b, (_, x, y) => {
    if (x < y) less = true;
    else if (x > y) greater = true;
    if (x === 0 || y === 0) alike = false;
  });
  if (alike) adopt(a, b);
  return orderingOf(less, greater);
}

/** Two rosters proved to list the same ids: from now on both vectors share one. No answer changes, only its cost. */
function adopt(a: Cells, b: Cells): void {
  b.roster = a.roster;
}

/** The least vector that is at least a and b (their join), as cells of its own. O(n + m). */
export function joinCells(a: Cells, b: Cells): Cells {
  if (a.roster === b.roster) {
    const length = a.counters.length;
    const counters = allocate(length);
    for (let i = 0; i < length; i++) counters[i] = Math.max(a.counters[i]!, b.counters[i]!);
    return { roster: a.roster, counters };
  }
  const ids: ReplicaId[] = [];
  const values: number[] = [];
  zip(a, b, (id, x, y) => {
    ids.push(id);
    values.push(Math.max(x, y));
  });
  return pack(ids, values, a, b);
}

/** The greatest vector that is at most a and b (their meet). O(n + m). */
export function meetCells(a: Cells, b: Cells): Cells {
  const ids: ReplicaId[] = [];
  const values: number[] = [];
  zip(a, b, (id, x, y) => {
    const least = Math.min(x, y);
    if (least === 0) return;
    ids.push(id);
    values.push(least);
  });
  return pack(ids, values, a, b);
}

/** Calls `each` for every id of a or b, in order; a counter that is not there is 0. */
export function zip(a: Cells, b: Cells, each: (id: ReplicaId, x: number, y: number) => void): void {
  const idsA = a.roster.ids;
  const idsB = b.roster.ids;
  let i = 0;
  let j = 0;
  while (i < idsA.length || j < idsB.length) {
    const x = idsA[i];
    const y = idsB[j];
    if (x === y) each(x!, a.counters[i++]!, b.counters[j++]!);
    else if (y === undefined || (x !== undefined && x < y)) each(x!, a.counters[i++]!, 0);
    else each(y, 0, b.counters[j++]!);
  }
}

/** Cells from sorted ids and their counters, over a roster that is already there when one fits. */
function pack(ids: readonly ReplicaId[], values: readonly number[], a: Cells, b: Cells): Cells {
  const counters = allocate(ids.length);
  counters.set(values);
  const like = [a, b].find(({ roster }) => roster.ids.length === ids.length && sameIds(roster.ids, ids));
  return { roster: like?.roster ?? new Roster(ids), counters };
}

function sameIds(a: readonly ReplicaId[], b: readonly ReplicaId[]): boolean {
  return a.every((id, i) => id === b[i]);
}

/** The cells without some entries. */
export function filterCells(of: Cells, keep: (id: ReplicaId, counter: number) => boolean): Cells {
  const ids: ReplicaId[] = [];
  const values: number[] = [];
  for (let i = 0; i < of.counters.length; i++) {
    const id = of.roster.ids[i]!;
    const counter = of.counters[i]!;
    if (!keep(id, counter)) continue;
    ids.push(id);
    values.push(counter);
  }
  return pack(ids, values, of, noCells);
}

/** The cells with one entry set, in memory of their own. */
export function withCounter(of: Cells, id: ReplicaId, counter: number): Cells {
  const slot = of.roster.slot(id);
  if (slot >= 0) {
    const counters = allocate(of.counters.length);
    counters.set(of.counters);
    counters[slot] = counter;
    return { roster: of.roster, counters };
  }
  const at = of.roster.insertionPoint(id);
  const roster = of.roster.with(id, at);
  const counters = allocate(roster.ids.length);
  counters.set(of.counters.subarray(0, at));
  counters[at] = counter;
  counters.set(of.counters.subarray(at), at + 1);
  return { roster, counters };
}
