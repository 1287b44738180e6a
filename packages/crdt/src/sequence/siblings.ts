import type { Element } from "./children.ts";

const BLOCK = 128;

/** Compares the replicas of two elements, as all replicas do. */
export type CompareReplicas = (a: number, b: number) => number;

/**
 * The children of one element on one side, in Fugue's order: by replica id, then by sequence number. Kept in sorted
 * blocks, so that thousands of replicas that insert at one place cost O(log n) comparisons each and no long moves.
 */
export class Siblings {
  readonly #blocks: { replicas: number[]; seqs: number[] }[] = [{ replicas: [], seqs: [] }];
  readonly #compare: CompareReplicas;
  /** The place that was looked for last: who asks what comes behind an element mostly adds it then. */
  #replica = -1;
  #seq = -1;
  #block = 0;
  #slot = 0;

  constructor(compare: CompareReplicas) {
    this.#compare = compare;
  }

  add(replica: number, seq: number): void {
    if (replica !== this.#replica || seq !== this.#seq) this.#seek(replica, seq);
    this.#replica = -1;
    const at = this.#block;
    const slot = this.#slot;
    const block = this.#blocks[at]!;
    block.replicas.splice(slot, 0, replica);
    block.seqs.splice(slot, 0, seq);
    if (block.seqs.length <= BLOCK) return;
    const half = BLOCK / 2;
    this.#blocks.splice(at + 1, 0, {
      replicas: block.replicas.splice(half),
      seqs: block.seqs.splice(half),
    });
  }

  first(found: Element): void {
    this.#fill(found, 0, 0);
  }

  last(found: Element): void {
    const at = this.#blocks.length - 1;
    this.#fill(found, at, this.#blocks[at]!.seqs.length - 1);
  }

  /** Finds the first sibling that stands behind this one; false when there is none. */
  after(replica: number, seq: number, found: Element): boolean {
    this.#seek(replica, seq);
    const at = this.#block;
    if (this.#slot < this.#blocks[at]!.seqs.length) this.#fill(found, at, this.#slot);
    else if (at + 1 < this.#blocks.length) this.#fill(found, at + 1, 0);
    else return false;
    return true;
  }

  #fill(found: Element, at: number, slot: number): void {
    const { replicas, seqs } = this.#blocks[at]!;
    found.replica = replicas[slot]!;
    found.seq = seqs[slot]!;
  }

  /** Finds the place of an element, before the first sibling that stands behind it. */
  #seek(replica: number, seq: number): void {
    this.#block = this.#blockOf(replica, seq);
    this.#slot = this.#slotOf(this.#blocks[this.#block]!, replica, seq);
    this.#replica = replica;
    this.#seq = seq;
  }

  /** The last block that begins before the element, or the first block. */
  #blockOf(replica: number, seq: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const { replicas, seqs } = this.#blocks[middle]!;
      if (this.#order(replicas[0]!, seqs[0]!, replica, seq) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #slotOf({ replicas, seqs }: { replicas: number[]; seqs: number[] }, replica: number, seq: number): number {
    let low = 0;
    let high = seqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order(replicas[middle]!, seqs[middle]!, replica, seq) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #order(replicaA: number, seqA: number, replicaB: number, seqB: number): number {
    return this.#compare(replicaA, replicaB) || seqA - seqB;
  }
}
