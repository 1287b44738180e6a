import type { Replicas } from "./replicas.ts";
import { Siblings } from "./siblings.ts";

const EMPTY = 0xfffffffd;
const MANY = 0xfffffffe;

/** Sides of a parent on which a child hangs. */
export const RIGHT = 0;
export const LEFT = 1;

export type Side = 0 | 1;

/** The mutable answer of the look-ups below, filled instead of returned so that nothing is allocated. */
export interface Element {
  replica: number;
  seq: number;
}

/**
 * Fugue's tree, as far as the log's chains do not tell it: for an element and a side, the first elements of the runs
 * that hang there. One open-addressing hash table in typed arrays; nearly all entries have a single child, which stands
 * in the row itself, and the others point to their siblings.
 */
export class Children {
  #replicas = new Uint32Array(16).fill(EMPTY);
  /** Sequence numbers of the parents, and the sides of them. */
  #seqs = new Uint32Array(16);
  #sides = new Uint8Array(16);
  #childReplicas = new Uint32Array(16);
  #childSeqs = new Uint32Array(16);
  #used = 0;
  readonly #many: Siblings[] = [];
  readonly #ids: Replicas;

  constructor(ids: Replicas) {
    this.#ids = ids;
  }

  has(replica: number, seq: number, side: Side): boolean {
    return this.#replicas[this.#row(replica, seq, side)] !== EMPTY;
  }

  add(replica: number, seq: number, side: Side, childReplica: number, childSeq: number): void {
    let row = this.#row(replica, seq, side);
    if (this.#replicas[row] !== EMPTY) {
      this.#siblingsAt(row).add(childReplica, childSeq);
      return;
    }
    if (4 * (this.#used + 1) > 3 * this.#replicas.length) {
      this.#grow();
      row = this.#row(replica, seq, side);
    }
    this.#used++;
    this.#replicas[row] = replica;
    this.#seqs[row] = seq;
    this.#sides[row] = side;
    this.#childReplicas[row] = childReplica;
    this.#childSeqs[row] = childSeq;
  }

  /** Finds the first child; false when there is none. */
  first(replica: number, seq: number, side: Side, found: Element): boolean {
    const row = this.#row(replica, seq, side);
    if (this.#replicas[row] === EMPTY) return false;
    if (this.#childReplicas[row] === MANY) {
      this.#many[this.#childSeqs[row]!]!.first(found);
    } else this.#only(row, found);
    return true;
  }

  /** Finds the last child; false when there is none. */
  last(replica: number, seq: number, side: Side, found: Element): boolean {
    const row = this.#row(replica, seq, side);
    if (this.#replicas[row] === EMPTY) return false;
    if (this.#childReplicas[row] === MANY) {
      this.#many[this.#childSeqs[row]!]!.last(found);
    } else this.#only(row, found);
    return true;
  }

  /** Finds the first child that stands behind the given one; false when there is none. O(log n). */
  after(replica: number, seq: number, side: Side, child: Element, found: Element): boolean {
    const row = this.#row(replica, seq, side);
    if (this.#replicas[row] === EMPTY) return false;
    if (this.#childReplicas[row] === MANY)
      return this.#many[this.#childSeqs[row]!]!.after(child.replica, child.seq, found);
    this.#only(row, found);
    return this.order(child, found) < 0;
  }

  /** Fugue's order of two siblings. */
  order(a: Element, b: Element): number {
    return this.#ids.compare(a.replica, b.replica) || a.seq - b.seq;
  }

  #only(row: number, found: Element): void {
    found.replica = this.#childReplicas[row]!;
    found.seq = this.#childSeqs[row]!;
  }

  #siblingsAt(row: number): Siblings {
    if (this.#childReplicas[row] === MANY) return this.#many[this.#childSeqs[row]!]!;
    const siblings = new Siblings(this.#ids);
    siblings.add(this.#childReplicas[row]!, this.#childSeqs[row]!);
    this.#childReplicas[row] = MANY;
    this.#childSeqs[row] = this.#many.push(siblings) - 1;
    return siblings;
  }

  /** The row of an entry, or the free row where it belongs. */
  #row(replica: number, seq: number, side: Side): number {
    const mask = this.#replicas.length - 1;
    let hash = Math.imul(seq ^ Math.imul(replica + 1, 0x85ebca6b), 0x9e3779b1) ^ side;
    hash ^= hash >>> 15;
    let row = hash & mask;
    for (;;) {
      const there = this.#replicas[row]!;
      if (there === EMPTY || (there === replica && this.#seqs[row] === seq && this.#sides[row] === side))
        return row;
      row = (row + 1) & mask;
    }
  }

  #grow(): void {
    const [replicas, seqs, sides] = [this.#replicas, this.#seqs, this.#sides];
    const [childReplicas, childSeqs] = [this.#childReplicas, this.#childSeqs];
    const size = 2 * replicas.length;
    this.#replicas = new Uint32Array(size).fill(EMPTY);
    this.#seqs = new Uint32Array(size);
    this.#sides = new Uint8Array(size);
    this.#childReplicas = new Uint32Array(size);
    this.#childSeqs = new Uint32Array(size);
    for (let old = 0; old < replicas.length; old++) {
      if (replicas[old] === EMPTY) continue;
      const row = this.#row(replicas[old]!, seqs[old]!, sides[old]! as Side);
      this.#replicas[row] = replicas[old]!;
      this.#seqs[row] = seqs[old]!;
      this.#sides[row] = sides[old]!;
      this.#childReplicas[row] = childReplicas[old]!;
      this.#childSeqs[row] = childSeqs[old]!;
    }
  }
}
