/**
 * Sets of counters as closed intervals, flat: `[from, to, from, to, ...]`, ascending, disjoint and never adjacent, so
 * that every set has exactly one form. Values are never changed once made.
 */
export type Intervals = readonly number[];

/** The most intervals that a context keeps of one replica: who loses more should ask for what is missing. */
export const gapsMax = 16_384;

export const none: Intervals = [];

/** The interval from `from` to `to`; empty when `to < from`. */
export function interval(from: number, to: number): Intervals {
  return to < from ? none : [from, to];
}

/** The set of any intervals, in any order, that may touch and overlap. O(n log n). */
export function normalise(intervals: Intervals): Intervals {
  const pairs: [number, number][] = [];
  for (let i = 0; i < intervals.length; i += 2) pairs.push([intervals[i]!, intervals[i + 1]!]);
  pairs.sort(([a], [b]) => a - b);
  const result: number[] = [];
  for (const [from, to] of pairs) append(result, from, to);
  return result;
}

/** Adds an interval that begins at or after the last one's beginning. */
function append(set: number[], from: number, to: number): void {
  const last = set.length - 1;
  // `from - 1`, not `to + 1`: the highest counter has no safe successor.
  if (last > 0 && from - 1 <= set[last]!) set[last] = Math.max(set[last]!, to);
  else set.push(from, to);
}

/** Index of the first interval that ends at `counter` or later. O(log n). */
function locate(set: Intervals, counter: number): number {
  let low = 0;
  let high = set.length >>> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (set[middle * 2 + 1]! < counter) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}

/** Whether `counter` lies in the set. O(log n). */
export function includes(set: Intervals, counter: number): boolean {
  const at = locate(set, counter);
  return at < set.length && set[at]! <= counter;
}

/** How many counters the set holds. */
export function countOf(set: Intervals): number {
  let count = 0;
  for (let i = 0; i < set.length; i += 2) count += set[i + 1]! - set[i]! + 1;
  return count;
}

/** How many counters from `from` to `to` the set holds. O(log n + intervals within). */
export function countWithin(set: Intervals, from: number, to: number): number {
  let count = 0;
  for (let i = locate(set, from); i < set.length && set[i]! <= to; i += 2)
    count += Math.min(set[i + 1]!, to) - Math.max(set[i]!, from) + 1;
  return count;
}

/** The highest counter, 0 when there is none. */
export function highest(set: Intervals): number {
  return set.at(-1) ?? 0;
}

/** The set with one counter more; the same set when it is there already. O(n), a plain copy. */
export function insert(set: Intervals, counter: number): Intervals {
  const at = locate(set, counter);
  if (at < set.length && set[at]! <= counter) return set;
  const joinsLeft = at > 0 && set[at - 1] === counter - 1;
  const joinsRight = at < set.length && set[at] === counter + 1;
  const result = set.slice();
  if (joinsLeft && joinsRight) result.splice(at - 1, 2);
  else if (joinsLeft) result[at - 1] = counter;
  else if (joinsRight) result[at] = counter;
  else result.splice(at, 0, counter, counter);
  return result;
}

/** What is in a or in b. O(n + m). */
export function unite(a: Intervals, b: Intervals): Intervals {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const result: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const takeA = j >= b.length || (i < a.length && a[i]! <= b[j]!);
    const from = takeA ? a[i++]! : b[j++]!;
    const to = takeA ? a[i++]! : b[j++]!;
    append(result, from, to);
  }
  return result;
}

/** What is in a and in b. O(n + m). */
export function intersect(a: Intervals, b: Intervals): Intervals {
  const result: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const from = Math.max(a[i]!, b[j]!);
    const to = Math.min(a[i + 1]!, b[j + 1]!);
    if (from <= to) result.push(from, to);
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return result;
}

/** What is in a but not in b. O(n + m). */
export function subtract(a: Intervals, b: Intervals): Intervals {
  const result: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let from = a[i]!;
    const to = a[i + 1]!;
    while (j < b.length && b[j + 1]! < from) j += 2;
    for (let k = j; k < b.length && b[k]! <= to && from <= to; k += 2) {
      if (b[k]! > from) result.push(from, b[k]! - 1);
      from = b[k + 1]! + 1;
    }
    if (from <= to) result.push(from, to);
  }
  return result;
}
