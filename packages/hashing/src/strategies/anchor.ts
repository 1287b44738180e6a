import { CapacityError, InvalidOptionError } from "../errors.ts";
import { digest } from "../fingerprint.ts";
import type { HashOptions, Key } from "../hash/key.ts";
import { mix, scale } from "../hash/mix.ts";
import type { Node, PlacedNode } from "../node.ts";
import { checkedInteger } from "../options.ts";
import { eachNode, NODES_MAX } from "../roster.ts";
import { unweighted } from "./jump.ts";
import { drawn } from "./preference.ts";
import { nobody, Strategy } from "./strategy.ts";

/** What AnchorHash's processes must agree on, besides the nodes and their history. */
export interface AnchorOptions extends HashOptions {
  /** The most nodes there will ever be at once, 1 to 65,536. A lookup takes 1 + ln(capacity / nodes) hashes. */
  readonly capacity: number;
}

/** All that two processes must share to place alike: plain data, safe to write down as JSON. */
export interface AnchorState {
  readonly capacity: number;
  /** By bucket; null where nobody is. */
  readonly buckets: readonly (PlacedNode | null)[];
  /** The empty buckets, the one emptied last at the end: it is the next to be filled. */
  readonly removed: readonly number[];
}

/**
 * AnchorHash (Mendelson, Vargaftik, Barabash, Lorenz, Keslassy and Orda, 2020, algorithm 3): any node joins and
 * leaves at the least possible cost, with even shares, in little memory.
 *
 * Where a key goes depends on the history of removals, not on the nodes alone: a process that joins later must be
 * given `state()`. Nodes cannot be weighted.
 *
 * `owner` O(1 + ln(capacity / nodes)) expected. `add` and `remove` O(1).
 */
export class AnchorHash extends Strategy {
  readonly strategy = "anchor";
  readonly #capacity: number;
  /** The paper's A: 0 for a working bucket, else how many were working once it was gone. */
  readonly #anchors: Uint32Array;
  /** The paper's K: who took the place of a removed bucket among the working ones. */
  readonly #successors: Uint32Array;
  /** The paper's W, the working buckets in their present order, and L, the place in W of each. */
  readonly #working: Uint32Array;
  readonly #places: Uint32Array;
  /** The paper's R. */
  readonly #removed: number[] = [];
  #count: number;
  readonly #nodeOf: Int32Array;
  readonly #bucketOf: number[] = [];

  constructor(nodes: Iterable<string | Node>, options: AnchorOptions) {
    super(options);
    const capacity = checkedInteger("capacity", options?.capacity, 1, NODES_MAX);
    this.#capacity = capacity;
    this.#count = capacity;
    this.#anchors = new Uint32Array(capacity);
    this.#successors = Uint32Array.from({ length: capacity }, (_, bucket) => bucket);
    this.#working = this.#successors.slice();
    this.#places = this.#successors.slice();
    this.#nodeOf = new Int32Array(capacity).fill(-1);
    for (let bucket = capacity - 1; bucket >= 0; bucket--) this.#close(bucket);
    for (const node of eachNode(nodes)) this.add(node);
  }

  /** The placement whose `state()` was taken. @throws InvalidOptionError, InvalidNodeError, DuplicateNodeError */
  static restore(state: AnchorState, options: HashOptions = {}): AnchorHash {
    const { capacity, buckets, removed } = state ?? {};
    const anchor = new AnchorHash([], { ...options, capacity });
    if (!Array.isArray(buckets) || !Array.isArray(removed) || buckets.length !== capacity) {
      throw new InvalidOptionError("An AnchorHash state has one entry in buckets for each of its capacity.");
    }
    const empty = new Set<number>(removed);
    const consistent = buckets.every((node, bucket) => (node === null) === empty.has(bucket));
    if (
      empty.size !== removed.length ||
      !consistent ||
      buckets.filter((node) => node === null).length !== empty.size
    ) {
      throw new InvalidOptionError(
        "An AnchorHash state must list each empty bucket once in removed, and no other.",
      );
    }
    anchor.#replay(buckets, removed);
    return anchor;
  }

  /** What another process needs to place keys as this one does. */
  state(): AnchorState {
    return {
      capacity: this.#capacity,
      buckets: Array.from(this.#nodeOf, (index) => (index < 0 ? null : this.roster.node(index))),
      removed: this.#removed.slice(),
    };
  }

  owner(key: Key): string {
    return this.size === 0 ? nobody() : this.roster.ids[this.indexAt(this.keys.bits(key))]!;
  }

  /** In the order of their buckets. */
  override nodes(): readonly PlacedNode[] {
    return Array.from(this.#nodeOf)
      .filter((index) => index >= 0)
      .map((index) => this.roster.node(index));
  }

  add(node: string | Node): void {
    const admitted = unweighted(this.roster.admit(node), this.strategy);
    if (this.size >= this.#capacity) {
      throw new CapacityError(`All ${this.#capacity} buckets are taken: choose a larger capacity.`);
    }
    this.#seat(admitted, this.#open());
  }

  remove(id: string): void {
    const index = this.roster.indexOf(id);
    const bucket = this.#bucketOf[index]!;
    this.#close(bucket);
    this.#nodeOf[bucket] = -1;
    const last = this.#bucketOf.pop()!;
    this.roster.delete(index);
    if (bucket === last) return;
    this.#bucketOf[index] = last;
    this.#nodeOf[last] = index;
  }

  protected indexAt(hash: number): number {
    if (this.size === 0) return 0;
    const anchors = this.#anchors;
    let bucket = scale(hash, this.#capacity);
    while (anchors[bucket]! > 0) {
      const then = anchors[bucket]!;
      let next = scale(mix(hash ^ mix(bucket + 1)) >>> 0, then);
      while (anchors[next]! >= then) next = this.#successors[next]!;
      bucket = next;
    }
    return this.#nodeOf[bucket]!;
  }

  protected preference(hash: number): Iterable<number> {
    return drawn(
      (attempt) => this.indexAt(attempt === 0 ? hash : mix(hash ^ mix(~attempt)) >>> 0),
      this.roster,
    );
  }

  protected describe(): string {
    return `capacity=${this.#capacity},removed=${digest(this.#removed.join())}`;
  }

  #seat(node: PlacedNode, bucket: number): void {
    this.#nodeOf[bucket] = this.roster.append(node);
    this.#bucketOf.push(bucket);
  }

  /** ADDBUCKET of the paper: undoes the last removal. */
  #open(): number {
    const bucket = this.#removed.pop()!;
    this.#anchors[bucket] = 0;
    this.#places[this.#working[this.#count]!] = this.#count;
    this.#working[this.#places[bucket]!] = bucket;
    this.#successors[bucket] = bucket;
    this.#count += 1;
    return bucket;
  }

  /** REMOVEBUCKET of the paper. */
  #close(bucket: number): void {
    this.#removed.push(bucket);
    this.#count -= 1;
    this.#anchors[bucket] = this.#count;
    const substitute = this.#working[this.#count]!;
    this.#working[this.#places[bucket]!] = substitute;
    this.#successors[bucket] = substitute;
    this.#places[substitute] = this.#places[bucket]!;
  }

  // All that the arrays hold follows from the stack of removals: open every bucket, then remove in that order.
  #replay(buckets: readonly (PlacedNode | null)[], removed: readonly number[]): void {
    while (this.#removed.length > 0) this.#open();
    for (const bucket of removed) this.#close(bucket);
    for (const [bucket, node] of buckets.entries()) {
      if (node !== null) this.#seat(unweighted(this.roster.admit(node), this.strategy), bucket);
    }
  }
}
