import { type CausalContext, causalContext, type Dot, type ReadonlyCausalContext } from "@coterie/clocks";

/** Dots by the hundred thousand, without an object for each: the counters of each replica stand in one column. */
export class DotColumns {
  readonly #columns = new Map<string, Column>();
  /** The column that was used last: dots that follow one another are mostly of one replica. */
  #id = "";
  #last: Column | undefined;

  constructor(dots: Iterable<Dot> = []) {
    this.add(dots);
  }

  add(dots: Iterable<Dot>): void {
    for (const { id, counter } of dots) this.#of(id).add(counter);
  }

  /** Whether any of the dots is here. O(log n) each. */
  hasAny(dots: Iterable<Dot>): boolean {
    for (const { id, counter } of dots) if (this.#of(id).has(counter)) return true;
    return false;
  }

  /** The dots of a context that are not here. Throws the context's TooLargeError when they are in too many pieces. */
  missingFrom(context: ReadonlyCausalContext): CausalContext {
    const missing: Record<string, readonly number[]> = Object.create(null);
    for (const id of new Set([...context.vector.ids, ...context.cloud.keys()])) {
      const run = context.vector.get(id);
      const ranges = [...(run > 0 ? [1, run] : []), ...(context.cloud.get(id) ?? [])];
      const gaps = this.#of(id).gapsIn(ranges);
      if (gaps.length > 0) missing[id] = gaps;
    }
    return causalContext(missing);
  }

  #of(id: string): Column {
    if (this.#last !== undefined && id === this.#id) return this.#last;
    let column = this.#columns.get(id);
    if (column === undefined) {
      column = new Column();
      this.#columns.set(id, column);
    }
    this.#id = id;
    this.#last = column;
    return column;
  }
}

/** The counters of one replica, sorted when they are asked for. */
class Column {
  readonly #counters: number[] = [];
  #sorted: Float64Array | undefined;

  add(counter: number): void {
    this.#counters.push(counter);
    this.#sorted = undefined;
  }

  has(counter: number): boolean {
    const sorted = this.#inOrder();
    return sorted[firstFrom(sorted, counter)] === counter;
  }

  /** What of ascending ranges, `[from, to, from, to, ...]`, is not here, as such ranges. */
  gapsIn(ranges: readonly number[]): number[] {
    const sorted = this.#inOrder();
    const gaps: number[] = [];
    for (let i = 0; i < ranges.length; i += 2) {
      let from = ranges[i]!;
      const to = ranges[i + 1]!;
      for (let at = firstFrom(sorted, from); at < sorted.length && sorted[at]! <= to; at++) {
        if (sorted[at]! > from) gaps.push(from, sorted[at]! - 1);
        from = sorted[at]! + 1;
      }
      if (from <= to) gaps.push(from, to);
    }
    return gaps;
  }

  #inOrder(): Float64Array {
    this.#sorted ??= Float64Array.from(this.#counters).sort();
    return this.#sorted;
  }
}

/** Where the first counter stands that is not below `counter`. */
function firstFrom(sorted: Float64Array, counter: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < counter) low = middle + 1;
    else high = middle;
  }
  return low;
}
