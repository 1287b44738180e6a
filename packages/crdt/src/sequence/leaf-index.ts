const BLOCK = 64;

interface Block {
  readonly starts: number[];
  readonly leaves: number[];
}

/**
 * Says in which leaf of the span tree an element of one replica stands: ranges of sequence numbers, each with its
 * leaf, sorted in blocks. It is a range map and not an array by sequence number, so a hostile update that claims a
 * run of a thousand million elements costs one entry.
 *
 * Ranges are only as fine as the leaves: splitting a span inside its leaf changes nothing here.
 */
export class LeafIndex {
  readonly #blocks: Block[] = [{ starts: [], leaves: [] }];
  #end = 0;

  /** The leaf that holds `seq`, which must have been assigned. O(log n). */
  find(seq: number): number {
    const block = this.#blocks[this.#blockOf(seq)]!;
    return block.leaves[lastAtMost(block.starts, seq)]!;
  }

  /** Says that `[from, to)` now stands in `leaf`. */
  assign(from: number, to: number, leaf: number): void {
    if (from >= this.#end) {
      this.#append(from, leaf);
      this.#end = to;
      return;
    }
    if (to < this.#end) this.#cut(to);
    else this.#end = to;
    this.#cut(from);
    let at = this.#blockOf(from);
    let slot = lastAtMost(this.#blocks[at]!.starts, from);
    for (; at < this.#blocks.length; at++, slot = 0) {
      const { starts, leaves } = this.#blocks[at]!;
      for (; slot < starts.length; slot++) {
        if (starts[slot]! >= to) return;
        leaves[slot] = leaf;
      }
    }
  }

  /** Says that the range of the last elements goes on to `to`. */
  extend(to: number): void {
    this.#end = to;
  }

  #append(from: number, leaf: number): void {
    const last = this.#blocks[this.#blocks.length - 1]!;
    const size = last.starts.length;
    if (size > 0 && last.leaves[size - 1] === leaf) return;
    if (size === BLOCK) {
      this.#blocks.push({ starts: [from], leaves: [leaf] });
      return;
    }
    last.starts.push(from);
    last.leaves.push(leaf);
  }

  /** Makes a range begin at `seq`. */
  #cut(seq: number): void {
    const at = this.#blockOf(seq);
    const { starts, leaves } = this.#blocks[at]!;
    const slot = lastAtMost(starts, seq);
    if (starts[slot] === seq) return;
    starts.splice(slot + 1, 0, seq);
    leaves.splice(slot + 1, 0, leaves[slot]!);
    if (starts.length <= BLOCK) return;
    const half = BLOCK / 2;
    this.#blocks.splice(at + 1, 0, { starts: starts.splice(half), leaves: leaves.splice(half) });
  }

  #blockOf(seq: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    // What is edited is mostly new.
    if (high === 0 || this.#blocks[high]!.starts[0]! <= seq) return high;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#blocks[middle]!.starts[0]! <= seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lastAtMost(starts: readonly number[], seq: number): number {
  let low = 0;
  let high = starts.length - 1;
  if (starts[high]! <= seq) return high;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= seq) low = middle;
    else high = middle - 1;
  }
  return low;
}
