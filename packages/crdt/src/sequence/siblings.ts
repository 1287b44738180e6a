import type { Element } from "./children.ts";
import { grown } from "./columns.ts";
import type { Replicas } from "./replicas.ts";

const BLOCK = 128;

/** Columns grow as far as a block: at most places two or three stand. */
interface Block {
  replicas: Uint32Array;
  seqs: Uint32Array;
  count: number;
}

/**
 * The children of one element on one side, in Fugue's order: by replica id, then by sequence number. Kept in sorted
 * blocks, so that thousands of replicas that insert at one place cost O(log n) comparisons each and no long moves.
 */
export class Siblings {
  readonly #blocks: Block[] = [emptyBlock(4)];
  readonly #ids: Replicas;
  /** The place that was looked for last: who asks what comes behind an element mostly adds it then. */
  #replica = -1;
  #seq = -1;
  #block = 0;
  #slot = 0;

  constructor(ids: Replicas) {
    this.#ids = ids;
  }

  add(replica: number, seq: number): void {
    if (replica !== this.#replica || seq !== this.#seq) this.#seek(replica, seq);
    this.#replica = -1;
    const block = this.#blocks[this.#block]!;
    const count = block.count++;
    block.replicas = grown(block.replicas, count + 1);
    block.seqs = grown(block.seqs, count + 1);
    const { replicas, seqs } = block;
    // Typed arrays and a loop: `splice` makes an array of what it takes out, even of nothing.
    for (let at = count; at > this.#slot; at--) {
      replicas[at] = replicas[at - 1]!;
      seqs[at] = seqs[at - 1]!;
    }
    replicas[this.#slot] = replica;
    seqs[this.#slot] = seq;
    if (count + 1 === BLOCK) this.#split(this.#block);
  }

  first(found: Element): void {
    this.#fill(found, 0, 0);
  }

  last(found: Element): void {
    const at = this.#blocks.length - 1;
    this.#fill(found, at, this.#blocks[at]!.count - 1);
  }

  /** Finds the first sibling that stands behind this one; false when there is none. */
  after(replica: number, seq: number, found: Element): boolean {
    this.#seek(replica, seq);
    const at = this.#block;
    if (this.#slot < this.#blocks[at]!.count) this.#fill(found, at, this.#slot);
    else if (at + 1 < this.#blocks.length) this.#fill(found, at + 1, 0);
    else return false;
    return true;
  }

  #fill(found: Element, at: number, slot: number): void {
    const { replicas, seqs } = this.#blocks[at]!;
    found.replica = replicas[slot]!;
    found.seq = seqs[slot]!;
  }

  #split(at: number): void {
    const block = this.#blocks[at]!;
    const right = emptyBlock(BLOCK);
    block.count = BLOCK / 2;
    right.count = BLOCK / 2;
    right.replicas.set(block.replicas.subarray(BLOCK / 2));
    right.seqs.set(block.seqs.subarray(BLOCK / 2));
    this.#blocks.splice(at + 1, 0, right);
  }

  /** Finds the place of an element, before the first sibling that stands behind it: the block, then the slot in it. */
  #seek(replica: number, seq: number): void {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#isBehind(this.#blocks[middle]!, 0, replica, seq)) high = middle - 1;
      else low = middle;
    }
    const block = this.#blocks[low]!;
    this.#block = low;
    low = 0;
    high = block.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBehind(block, middle, replica, seq)) high = middle;
      else low = middle + 1;
    }
    this.#slot = low;
    this.#replica = replica;
    this.#seq = seq;
  }

  #isBehind({ replicas, seqs }: Block, slot: number, replica: number, seq: number): boolean {
    const order = this.#ids.compare(replicas[slot]!, replica);
    return order === 0 ? seqs[slot]! > seq : order > 0;
  }
}

function emptyBlock(capacity: number): Block {
  return { replicas: new Uint32Array(capacity), seqs: new Uint32Array(capacity), count: 0 };
}
