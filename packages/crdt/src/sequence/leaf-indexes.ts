import { grown, noInts, noUints } from "./columns.ts";
import { LeafIndex } from "./leaf-index.ts";

/** What `#homes` says of a replica whose elements stand in several leaves, and of one that has none. */
const SPREAD = -1;
const NOWHERE = 0;

/**
 * Says in which leaf of the span tree an element stands. A replica whose elements are all in one leaf, as those of most
 * of a crowd are, takes a row of numbers; another one has ranges.
 */
export class LeafIndexes {
  /** By replica, the leaf of all its elements plus one, and the range of their numbers. */
  #homes: Int32Array = noInts;
  #firsts: Uint32Array = noUints;
  #ends: Uint32Array = noUints;
  readonly #ranges: (LeafIndex | undefined)[] = [];

  /** The leaf of an element, which must have been assigned. O(log n). */
  find(replica: number, seq: number): number {
    const home = this.#homes[replica]!;
    return home === SPREAD ? this.#ranges[replica]!.find(seq) : home - 1;
  }

  /** Says that the elements `[from, to)` of a replica now stand in `leaf`. */
  assign(replica: number, from: number, to: number, leaf: number): void {
    if (replica >= this.#homes.length) this.#grow(replica + 1);
    const home = this.#homes[replica]!;
    if (home === SPREAD) {
      this.#ranges[replica]!.assign(from, to, leaf);
      return;
    }
    const first = this.#firsts[replica]!;
    const end = this.#ends[replica]!;
    if (home === NOWHERE || (from <= first && to >= end)) {
      this.#homes[replica] = leaf + 1;
      this.#firsts[replica] = from;
      this.#ends[replica] = to;
    } else if (home === leaf + 1) {
      this.#firsts[replica] = Math.min(from, first);
      this.#ends[replica] = Math.max(to, end);
    } else this.#spread(replica, end, home - 1).assign(from, to, leaf);
  }

  /** Says that the range of a replica's last elements goes on to `to`. */
  extend(replica: number, to: number): void {
    if (this.#homes[replica] === SPREAD) this.#ranges[replica]!.extend(to);
    else this.#ends[replica] = to;
  }

  #spread(replica: number, end: number, leaf: number): LeafIndex {
    const ranges = new LeafIndex();
    // From 0 on, as elements may be assigned in document order: what lies below the first may be yet to come.
    ranges.assign(0, end, leaf);
    while (this.#ranges.length <= replica) this.#ranges.push(undefined);
    this.#ranges[replica] = ranges;
    this.#homes[replica] = SPREAD;
    return ranges;
  }

  #grow(size: number): void {
    this.#homes = grown(this.#homes, size);
    this.#firsts = grown(this.#firsts, size);
    this.#ends = grown(this.#ends, size);
  }
}
