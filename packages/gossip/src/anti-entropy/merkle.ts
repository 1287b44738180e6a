/** Children of each inner node. */
export const fanout = 16;

/**
 * Digests of a set of keyed items in a tree of fixed shape (after Merkle 1987): an item belongs to the leaf that the
 * first bits of its key's hash name, and every node holds the exclusive or of the 64-bit hashes of all items below it.
 * So two trees agree in a node if and only if the items below agree, but for hashes that collide (one chance in 2^64);
 * adding and taking away are the same operation, in O(depth). Nodes are numbered from the root, 0, level by level.
 */
export class MerkleTree {
  readonly depth: number;
  /** Number of the first leaf. */
  readonly leavesFrom: number;
  /** Nodes in all. */
  readonly size: number;
  readonly #high: Int32Array;
  readonly #low: Int32Array;

  /** `depth` levels below the root: 16, 256, 4,096 or 65,536 leaves. Takes 8 bytes a node. */
  constructor(depth: number) {
    this.depth = depth;
    this.leavesFrom = (fanout ** depth - 1) / (fanout - 1);
    this.size = this.leavesFrom + fanout ** depth;
    this.#high = new Int32Array(this.size);
    this.#low = new Int32Array(this.size);
  }

  /** The leaf of a key whose hash is given. */
  leafOf(hash: number): number {
    return this.leavesFrom + (hash >>> (32 - 4 * this.depth));
  }

  isLeaf(node: number): boolean {
    return node >= this.leavesFrom;
  }

  /** The first child; the others follow it. */
  firstChild(node: number): number {
    return node * fanout + 1;
  }

  high(node: number): number {
    return this.#high[node]! >>> 0;
  }

  low(node: number): number {
    return this.#low[node]! >>> 0;
  }

  equals(node: number, high: number, low: number): boolean {
    return this.#high[node] === (high | 0) && this.#low[node] === (low | 0);
  }

  /** Adds an item to its leaf, or takes it away. */
  toggle(leaf: number, high: number, low: number): void {
    for (let node = leaf; ; node = Math.floor((node - 1) / fanout)) {
      this.#high[node]! ^= high;
      this.#low[node]! ^= low;
      if (node === 0) return;
    }
  }
}
