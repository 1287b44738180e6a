import { grown } from "./columns.ts";
import { LeafIndexes } from "./leaf-indexes.ts";
import { Nodes } from "./nodes.ts";

/** Spans a leaf holds at most. */
const LEAF = 32;
const NONE = -1;

/**
 * The elements of a sequence in document order, removed ones included, as a B+-tree of spans. A span is a run of
 * elements of one replica with consecutive sequence numbers that stand side by side and are all present or all
 * removed. Nodes are rows in typed arrays: a document of ten thousand spans is a few hundred kilobytes outside of the
 * garbage collector's sight.
 *
 * The tree has one cursor, `leaf`, `slot`, `offset`: `offset` elements of that span lie before it. The seeking methods
 * set it and the editing methods work at it. Registers instead of returned objects keep the hot path free of allocation.
 */
export class SpanTree {
  leaf = 0;
  slot = 0;
  offset = 0;

  /** Columns of spans; the spans of leaf L are rows L * LEAF and on. `#sizes` is negative for a removed span. */
  #replicas = new Uint32Array(LEAF);
  #seqs = new Uint32Array(LEAF);
  #sizes = new Int32Array(LEAF);

  /** Columns of leaves. */
  #counts = new Uint8Array(1);
  #nexts = new Int32Array([NONE]);
  readonly #nodes = new Nodes();

  #length = 0;
  /** Where elements stand. It is made when it is first asked: positions do without. */
  #index: LeafIndexes | undefined;

  /** The leaf that was sought last and how many visible elements stand before it: typing stays within one leaf. */
  #hotLeaf = 0;
  #hotStart = 0;
  /** The row of the span that ends with the last insertion, while nothing else has changed since. */
  #tail = NONE;

  /** Visible elements. */
  get length(): number {
    return this.#length;
  }

  get isEmpty(): boolean {
    return this.#counts[0] === 0;
  }

  get replica(): number {
    return this.#replicas[this.leaf * LEAF + this.slot]!;
  }

  /** Sequence number of the first element of the span at the cursor. */
  get seq(): number {
    return this.#seqs[this.leaf * LEAF + this.slot]!;
  }

  get size(): number {
    return Math.abs(this.#sizes[this.leaf * LEAF + this.slot]!);
  }

  get removed(): boolean {
    return this.#sizes[this.leaf * LEAF + this.slot]! < 0;
  }

  /** Puts the cursor right behind the visible element `index - 1`; before everything when `index` is 0. O(log n). */
  seekAfter(index: number): void {
    if (index === 0) {
      this.toStart();
      return;
    }
    let rest = index - this.#hotStart;
    if (this.#hotLeaf === NONE || rest <= 0 || rest > this.#nodes.visibleIn(this.#hotLeaf)) {
      this.#hotLeaf = this.#nodes.descend(index);
      rest = this.#nodes.rest;
      this.#hotStart = index - rest;
    }
    const base = this.#hotLeaf * LEAF;
    const sizes = this.#sizes;
    let row = base;
    for (;;) {
      const size = sizes[row]!;
      if (size > 0) {
        if (rest <= size) break;
        rest -= size;
      }
      row++;
    }
    this.leaf = this.#hotLeaf;
    this.slot = row - base;
    this.offset = rest;
  }

  /** Puts the cursor right before the visible element `index`, which must exist. O(log n). */
  seekBefore(index: number): void {
    this.seekAfter(index + 1);
    this.offset--;
  }

  toStart(): void {
    this.leaf = 0;
    this.slot = 0;
    this.offset = 0;
  }

  /** Puts the cursor right before the element `seq` of `replica`, which must exist. O(log n). */
  seekElement(replica: number, seq: number): void {
    // Backspacing goes on in the span at the cursor, or in the one before it.
    const slot = this.slot;
    const count = this.#counts[this.leaf]!;
    if (slot < count && this.#seekIn(slot, replica, seq)) return;
    if (slot > 0 && slot <= count && this.#seekIn(slot - 1, replica, seq)) return;
    this.#index ??= this.#indexed();
    this.leaf = this.#index.find(replica, seq);
    for (let at = 0; !this.#seekIn(at, replica, seq); at++);
  }

  /** Puts the cursor before the element if it is in the span at `slot` of the cursor's leaf; otherwise says false. */
  #seekIn(slot: number, replica: number, seq: number): boolean {
    const row = this.leaf * LEAF + slot;
    const offset = seq - this.#seqs[row]!;
    if (offset < 0 || this.#replicas[row] !== replica || offset >= Math.abs(this.#sizes[row]!)) return false;
    this.slot = slot;
    this.offset = offset;
    return true;
  }

  #indexed(): LeafIndexes {
    const index = new LeafIndexes();
    for (let leaf = 0; leaf !== NONE; leaf = this.#nexts[leaf]!) {
      const end = leaf * LEAF + this.#counts[leaf]!;
      for (let row = leaf * LEAF; row < end; row++) {
        const seq = this.#seqs[row]!;
        index.assign(this.#replicas[row]!, seq, seq + Math.abs(this.#sizes[row]!), leaf);
      }
    }
    return index;
  }

  /** Moves from behind an element to before the next one, which may be in the next span; false at the end. */
  toNext(): boolean {
    return this.offset < this.size || this.nextSpan();
  }

  /** Moves to the start of the next span; false, and unmoved, at the end. */
  nextSpan(): boolean {
    if (this.slot + 1 < this.#counts[this.leaf]!) {
      this.slot++;
    } else {
      const next = this.#nexts[this.leaf]!;
      if (next === NONE) return false;
      this.leaf = next;
      this.slot = 0;
    }
    this.offset = 0;
    return true;
  }

  /** Tells of the visible elements `[from, to)`, span by span in order. O(log n) and their spans. */
  visit(from: number, to: number, visitor: (replica: number, seq: number, size: number) => void): void {
    if (from === to) return;
    this.seekBefore(from);
    const replicas = this.#replicas;
    const seqs = this.#seqs;
    const sizes = this.#sizes;
    let rest = to - from;
    let offset = this.offset;
    let row = this.leaf * LEAF + this.slot;
    for (let leaf = this.leaf; rest > 0; leaf = this.#nexts[leaf]!, row = leaf * LEAF) {
      const end = leaf * LEAF + this.#counts[leaf]!;
      for (; row < end && rest > 0; row++) {
        const size = sizes[row]! - offset;
        if (size <= 0) continue;
        visitor(replicas[row]!, seqs[row]! + offset, Math.min(size, rest));
        rest -= size;
        offset = 0;
      }
    }
  }

  /** Visible elements before the cursor. O(log n). */
  index(): number {
    const base = this.leaf * LEAF;
    let index = this.#nodes.before(this.leaf);
    if (!this.removed && !this.isEmpty) index += this.offset;
    for (let row = base; row < base + this.slot; row++) index += Math.max(0, this.#sizes[row]!);
    return index;
  }

  /**
   * Lengthens the last insertion when `seq` continues it and nothing has changed since; otherwise does nothing and says
   * false. What typing costs: O(1) but for the sums above. The cursor is then right behind the new elements.
   */
  lengthen(replica: number, seq: number, size: number): boolean {
    const row = this.#tail;
    if (row === NONE || this.#replicas[row] !== replica || this.#seqs[row]! + this.#sizes[row]! !== seq)
      return false;
    this.#sizes[row]! += size;
    this.leaf = Math.floor(row / LEAF);
    this.slot = row % LEAF;
    this.offset = this.#sizes[row]!;
    this.#index?.extend(replica, seq + size);
    this.#add(this.leaf, size);
    return true;
  }

  /** Inserts `size` elements at the cursor and leaves it right behind them. O(log n). */
  insert(replica: number, seq: number, size: number, removed: boolean): void {
    this.#insert(replica, seq, size, removed);
    this.#tail = removed ? NONE : this.leaf * LEAF + this.slot;
  }

  #insert(replica: number, seq: number, size: number, removed: boolean): void {
    let row = this.leaf * LEAF + this.slot;
    const before = Math.abs(this.#sizes[row]!);
    if (this.#counts[this.leaf] !== 0 && this.offset === before) {
      this.slot++;
      this.offset = 0;
    }
    if (this.offset === 0 && this.#extend(replica, seq, size, removed)) return;
    this.#room(this.offset === 0 ? 1 : 2, this.offset > 0);
    if (this.offset > 0) {
      this.#open(this.slot + 1, 2);
      row = this.leaf * LEAF + this.slot;
      const whole = this.#sizes[row]!;
      const first = whole < 0 ? -this.offset : this.offset;
      this.#sizes[row] = first;
      this.#set(row + 2, this.#replicas[row]!, this.#seqs[row]! + this.offset, whole - first);
      this.slot++;
    } else {
      this.#open(this.slot, 1);
    }
    this.#set(this.leaf * LEAF + this.slot, replica, seq, removed ? -size : size);
    this.offset = size;
    this.#index?.assign(replica, seq, seq + size, this.leaf);
    if (!removed) this.#add(this.leaf, size);
  }

  /** Marks `size` elements from the cursor as removed; they must be visible and within the cursor's span. O(log n). */
  remove(size: number): void {
    this.#tail = NONE;
    const row = this.leaf * LEAF + this.slot;
    const whole = this.#sizes[row]!;
    const ends = this.offset + size === whole;
    const joinsBefore = this.offset === 0 && this.slot > 0 && this.#joins(row - 1, row);
    const joinsAfter = ends && this.slot + 1 < this.#counts[this.leaf]! && this.#joins(row + 1, row);
    if (this.offset === 0 && ends) this.#removeWhole(row, joinsBefore, joinsAfter);
    else if (joinsBefore) {
      this.#sizes[row - 1]! -= size;
      this.#seqs[row]! += size;
      this.#sizes[row]! -= size;
    } else if (joinsAfter) {
      this.#sizes[row]! -= size;
      this.#seqs[row + 1]! -= size;
      this.#sizes[row + 1]! -= size;
    } else this.#removePart(size);
    // Last, because a split on the way counts what is visible from the spans.
    this.#add(this.leaf, -size);
  }

  #removeWhole(row: number, joinsBefore: boolean, joinsAfter: boolean): void {
    const size = this.#sizes[row]!;
    if (joinsBefore) {
      this.#sizes[row - 1]! -= size;
      if (joinsAfter) this.#sizes[row - 1]! += this.#sizes[row + 1]!;
      this.#close(this.slot, joinsAfter ? 2 : 1);
    } else if (joinsAfter) {
      this.#seqs[row + 1] = this.#seqs[row]!;
      this.#sizes[row + 1]! -= size;
      this.#close(this.slot, 1);
    } else this.#sizes[row] = -size;
  }

  #removePart(size: number): void {
    const offset = this.offset;
    const rest = this.#sizes[this.leaf * LEAF + this.slot]! - offset - size;
    const pieces = (offset > 0 ? 1 : 0) + (rest > 0 ? 1 : 0);
    this.#room(pieces, true);
    this.#open(this.slot + 1, pieces);
    let row = this.leaf * LEAF + this.slot;
    const replica = this.#replicas[row]!;
    const seq = this.#seqs[row]!;
    if (offset > 0) this.#sizes[row++] = offset;
    this.#set(row++, replica, seq + offset, -size);
    if (rest > 0) this.#set(row, replica, seq + offset + size, rest);
  }

  /** Whether the removed span at `row` and the span at `other` next to it are one run of numbers. */
  #joins(row: number, other: number): boolean {
    if (this.#sizes[row]! >= 0 || this.#replicas[row] !== this.#replicas[other]) return false;
    const first = Math.min(row, other);
    return this.#seqs[first]! + Math.abs(this.#sizes[first]!) === this.#seqs[first + 1];
  }

  /** Lengthens the span before the cursor when the new elements continue its numbers. */
  #extend(replica: number, seq: number, size: number, removed: boolean): boolean {
    if (this.slot === 0) return false;
    const row = this.leaf * LEAF + this.slot - 1;
    const before = this.#sizes[row]!;
    if (
      before < 0 !== removed ||
      this.#replicas[row] !== replica ||
      this.#seqs[row]! + Math.abs(before) !== seq
    )
      return false;
    this.#sizes[row] = removed ? before - size : before + size;
    this.slot--;
    this.offset = Math.abs(before) + size;
    this.#index?.assign(replica, seq, seq + size, this.leaf);
    if (!removed) this.#add(this.leaf, size);
    return true;
  }

  #set(row: number, replica: number, seq: number, size: number): void {
    this.#replicas[row] = replica;
    this.#seqs[row] = seq;
    this.#sizes[row] = size;
  }

  /** Makes `spans` free rows before `slot`. The leaf must have room. */
  #open(slot: number, spans: number): void {
    const from = this.leaf * LEAF + slot;
    const to = this.leaf * LEAF + this.#counts[this.leaf]!;
    if (from < to) this.#moveRows(from, to, spans);
    this.#counts[this.leaf]! += spans;
  }

  #close(slot: number, spans: number): void {
    const from = this.leaf * LEAF + slot;
    const to = this.leaf * LEAF + this.#counts[this.leaf]!;
    this.#moveRows(from + spans, to, -spans);
    this.#counts[this.leaf]! -= spans;
  }

  /** Moves the rows `[from, to)` by `step`, one by one: they are few, and a call of `copyWithin` costs more. */
  #moveRows(from: number, to: number, step: number): void {
    const replicas = this.#replicas;
    const seqs = this.#seqs;
    const sizes = this.#sizes;
    let row = step > 0 ? to - 1 : from;
    const next = step > 0 ? -1 : 1;
    for (let left = to - from; left > 0; left--, row += next) {
      replicas[row + step] = replicas[row]!;
      seqs[row + step] = seqs[row]!;
      sizes[row + step] = sizes[row]!;
    }
  }

  #add(leaf: number, visible: number): void {
    if (leaf !== this.#hotLeaf) this.#hotLeaf = NONE;
    this.#length += visible;
    this.#nodes.add(leaf, visible);
  }

  /**
   * Splits the cursor's leaf when `spans` more do not fit, and keeps the cursor at its place. `inside` says that it
   * points into its span; otherwise it points between two, and at the border stays behind the left one, which an
   * insertion may yet lengthen.
   */
  #room(spans: number, inside: boolean): void {
    const leaf = this.leaf;
    const count = this.#counts[leaf]!;
    if (count + spans <= LEAF) return;
    const half = count >> 1;
    const from = leaf * LEAF + half;
    let moved = 0;
    for (let i = 0; i < count - half; i++) moved += Math.max(0, this.#sizes[from + i]!);
    const right = this.#nodes.split(leaf, moved);
    this.#grow(right + 1);
    const to = right * LEAF;
    for (let i = 0; i < count - half; i++) {
      const replica = this.#replicas[from + i]!;
      const seq = this.#seqs[from + i]!;
      const size = this.#sizes[from + i]!;
      this.#set(to + i, replica, seq, size);
      this.#index?.assign(replica, seq, seq + Math.abs(size), right);
    }
    this.#counts[leaf] = half;
    this.#counts[right] = count - half;
    this.#nexts[right] = this.#nexts[leaf]!;
    this.#nexts[leaf] = right;
    if (this.slot > half || (this.slot === half && inside)) {
      this.leaf = right;
      this.slot -= half;
    }
  }

  #grow(leaves: number): void {
    this.#replicas = grown(this.#replicas, leaves * LEAF);
    this.#seqs = grown(this.#seqs, leaves * LEAF);
    this.#sizes = grown(this.#sizes, leaves * LEAF);
    this.#counts = grown(this.#counts, leaves);
    this.#nexts = grown(this.#nexts, leaves);
  }
}
