import { grown, noBytes, noInts, noUints } from "./columns.ts";

const FAN = 32;
const NONE = -1;

/**
 * The inner nodes of the span tree: how many visible elements stand under each, so that an index is found from the root
 * and a leaf's index from below, both in O(log n). It knows of leaves only their number and what is visible in them.
 */
export class Nodes {
  /** Columns of leaves. */
  #visible: Uint32Array = new Uint32Array(1);
  #parents: Int32Array = new Int32Array([NONE]);
  #leaves = 1;

  /** Columns of inner nodes. The children of a node of level 1 are leaves. */
  #children: Uint32Array = noUints;
  #innerCounts: Uint8Array = noBytes;
  #innerVisible: Uint32Array = noUints;
  #innerParents: Int32Array = noInts;
  #levels: Uint8Array = noBytes;
  #inners = 0;
  #root = NONE;

  /** What is left of the index given to `descend` in the leaf that it found. */
  rest = 0;

  visibleIn(leaf: number): number {
    return this.#visible[leaf]!;
  }

  /** Counts `visible` more elements, or fewer, in a leaf. */
  add(leaf: number, visible: number): void {
    this.#visible[leaf]! += visible;
    for (let node = this.#parents[leaf]!; node !== NONE; node = this.#innerParents[node]!)
      this.#innerVisible[node]! += visible;
  }

  /** The leaf of the visible element `index - 1`, counted from 1 within it by `rest`. */
  descend(index: number): number {
    let rest = index;
    let child = 0;
    let node = this.#root;
    for (let level = node === NONE ? 0 : this.#levels[node]!; level > 0; level--) {
      const visible = level === 1 ? this.#visible : this.#innerVisible;
      let at = node * FAN;
      for (;;) {
        child = this.#children[at]!;
        const inside = visible[child]!;
        if (rest <= inside) break;
        rest -= inside;
        at++;
      }
      node = child;
    }
    this.rest = rest;
    return child;
  }

  /** Visible elements in all leaves before this one. */
  before(leaf: number): number {
    let before = 0;
    let child = leaf;
    for (let node = this.#parents[leaf]!; node !== NONE; node = this.#innerParents[node]!) {
      const visible = this.#levels[node] === 1 ? this.#visible : this.#innerVisible;
      for (let at = node * FAN; this.#children[at] !== child; at++) before += visible[this.#children[at]!]!;
      child = node;
    }
    return before;
  }

  /** Makes a leaf behind `left` that takes `moved` of its visible elements over. */
  split(left: number, moved: number): number {
    const right = this.#leaves++;
    this.#visible = grown(this.#visible, this.#leaves);
    this.#parents = grown(this.#parents, this.#leaves);
    this.#adopt(left, right, 0);
    this.#visible[left]! -= moved;
    this.#visible[right] = moved;
    return right;
  }

  /**
   * Hangs `right`, just split off `left`, into the tree beside it. What is visible is still counted in `left` alone, so
   * that all sums hold while nodes above split; once both are below one parent, it can be moved.
   */
  #adopt(left: number, right: number, level: number): void {
    let parent = this.#parentOf(left, level);
    if (parent === NONE) parent = this.#newRoot(left, level);
    else if (this.#innerCounts[parent] === FAN) {
      this.#splitInner(parent);
      parent = this.#parentOf(left, level);
    }
    let at = parent * FAN + this.#innerCounts[parent]!;
    for (; this.#children[at - 1] !== left; at--) this.#children[at] = this.#children[at - 1]!;
    this.#children[at] = right;
    this.#innerCounts[parent]! += 1;
    this.#setParent(right, level, parent);
  }

  #newRoot(only: number, level: number): number {
    const root = this.#newInner(level + 1);
    this.#root = root;
    this.#children[root * FAN] = only;
    this.#innerCounts[root] = 1;
    this.#innerVisible[root] = (level === 0 ? this.#visible : this.#innerVisible)[only]!;
    this.#setParent(only, level, root);
    return root;
  }

  #splitInner(node: number): void {
    const level = this.#levels[node]!;
    const right = this.#newInner(level);
    const half = FAN >> 1;
    const visible = level === 1 ? this.#visible : this.#innerVisible;
    let moved = 0;
    for (let i = 0; i < FAN - half; i++) {
      const child = this.#children[node * FAN + half + i]!;
      this.#children[right * FAN + i] = child;
      moved += visible[child]!;
      this.#setParent(child, level - 1, right);
    }
    this.#innerCounts[node] = half;
    this.#innerCounts[right] = FAN - half;
    this.#adopt(node, right, level);
    this.#innerVisible[node]! -= moved;
    this.#innerVisible[right] = moved;
  }

  #newInner(level: number): number {
    const node = this.#inners++;
    this.#children = grown(this.#children, this.#inners * FAN);
    this.#innerCounts = grown(this.#innerCounts, this.#inners);
    this.#innerVisible = grown(this.#innerVisible, this.#inners);
    this.#innerParents = grown(this.#innerParents, this.#inners);
    this.#levels = grown(this.#levels, this.#inners);
    this.#levels[node] = level;
    this.#innerParents[node] = NONE;
    return node;
  }

  #parentOf(child: number, level: number): number {
    return (level === 0 ? this.#parents : this.#innerParents)[child]!;
  }

  #setParent(child: number, level: number, parent: number): void {
    (level === 0 ? this.#parents : this.#innerParents)[child] = parent;
  }
}
