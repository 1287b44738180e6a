import { grown } from "./columns.ts";

/** Ranges a block holds at most. */
const BLOCK = 64;

/**
 * Says in which leaf of the span tree an element of one replica stands: ranges of sequence numbers, each with its
 * leaf, sorted in blocks. It is a range map and not an array by sequence number, so a hostile update that claims a
 * run of a thousand million elements costs one entry.
 *
 * Ranges are only as fine as the leaves: splitting a span inside its leaf changes nothing here.
 */
export class LeafIndex {
  /** Columns of ranges: where each begins and its leaf. Those of block B are rows B * BLOCK and on. */
  #starts = new Uint32Array(BLOCK);
  #leaves = new Uint32Array(BLOCK);
  /** Ranges in each block. */
  #counts = new Uint8Array(1);
  /** The blocks in the order of their ranges. */
  readonly #order = [0];
  /** Where the last range ends. */
  #end = 0;

  /** The leaf that holds `seq`, which must have been assigned. O(log n). */
  find(seq: number): number {
    return this.#leaves[this.#rowOf(this.#order[this.#placeOf(seq)]!, seq)]!;
  }

  /** Says that `[from, to)`, all of it assigned before or none, now stands in `leaf`. */
  assign(from: number, to: number, leaf: number): void {
    if (from >= this.#end) {
      this.#append(from, leaf);
      this.#end = to;
      return;
    }
    for (let seq = from; seq < to; ) seq = this.#assignWithin(seq, to, leaf);
  }

  /** Says that the range of the last elements goes on to `to`. */
  extend(to: number): void {
    this.#end = to;
  }

  #append(from: number, leaf: number): void {
    let block = this.#order[this.#order.length - 1]!;
    const count = this.#counts[block]!;
    if (count > 0 && this.#leaves[block * BLOCK + count - 1] === leaf) return;
    if (count === BLOCK) block = this.#newBlock(this.#order.length);
    this.#set(block * BLOCK + this.#counts[block]!, from, leaf);
    this.#counts[block]! += 1;
  }

  /** Assigns what of `[from, to)` lies in the range of `from`, whose rest keeps its leaf. Returns where that ends. */
  #assignWithin(from: number, to: number, leaf: number): number {
    const place = this.#roomyPlaceOf(from);
    const block = this.#order[place]!;
    const row = this.#rowOf(block, from);
    const rangeEnd = this.#endOf(place, row);
    const end = Math.min(to, rangeEnd);
    const before = this.#leaves[row]!;
    if (before === leaf) return end;
    const first = this.#starts[row] === from ? row : row + 1;
    const added = first - row + (end < rangeEnd ? 1 : 0);
    if (added > 0) this.#open(block, row + 1, added);
    this.#set(first, from, leaf);
    if (end < rangeEnd) this.#set(first + 1, end, before);
    return end;
  }

  #set(row: number, start: number, leaf: number): void {
    this.#starts[row] = start;
    this.#leaves[row] = leaf;
  }

  #endOf(place: number, row: number): number {
    const block = this.#order[place]!;
    if (row + 1 < block * BLOCK + this.#counts[block]!) return this.#starts[row + 1]!;
    return place + 1 < this.#order.length ? this.#starts[this.#order[place + 1]! * BLOCK]! : this.#end;
  }

  /** Makes room for `added` ranges before `row`. */
  #open(block: number, row: number, added: number): void {
    const starts = this.#starts;
    const leaves = this.#leaves;
    for (let at = block * BLOCK + this.#counts[block]! - 1; at >= row; at--) {
      starts[at + added] = starts[at]!;
      leaves[at + added] = leaves[at]!;
    }
    this.#counts[block]! += added;
  }

  /** The place of the block that holds `seq`, with room for two ranges more. */
  #roomyPlaceOf(seq: number): number {
    const place = this.#placeOf(seq);
    const block = this.#order[place]!;
    const count = this.#counts[block]!;
    if (count + 2 <= BLOCK) return place;
    const half = count >> 1;
    const right = this.#newBlock(place + 1);
    const from = block * BLOCK + half;
    for (let i = 0; i < count - half; i++)
      this.#set(right * BLOCK + i, this.#starts[from + i]!, this.#leaves[from + i]!);
    this.#counts[block] = half;
    this.#counts[right] = count - half;
    return this.#starts[right * BLOCK]! <= seq ? place + 1 : place;
  }

  #newBlock(place: number): number {
    const block = this.#order.length;
    this.#order.splice(place, 0, block);
    this.#starts = grown(this.#starts, (block + 1) * BLOCK);
    this.#leaves = grown(this.#leaves, (block + 1) * BLOCK);
    this.#counts = grown(this.#counts, block + 1);
    return block;
  }

  /** The place of the block that holds `seq`. */
  #placeOf(seq: number): number {
    const order = this.#order;
    let low = 0;
    let high = order.length - 1;
    // What is edited is mostly new.
    if (high === 0 || this.#starts[order[high]! * BLOCK]! <= seq) return high;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[order[middle]! * BLOCK]! <= seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The row of the block's range that holds `seq`. */
  #rowOf(block: number, seq: number): number {
    const starts = this.#starts;
    let low = block * BLOCK;
    let high = low + this.#counts[block]! - 1;
    if (starts[high]! <= seq) return high;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
