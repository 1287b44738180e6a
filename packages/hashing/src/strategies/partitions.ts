import type { Key } from "../hash/key.ts";
import { mix, scale } from "../hash/mix.ts";
import type { Node, PlacedNode } from "../node.ts";
import { checkedHash, checkedInteger, checkedPlacement } from "../options.ts";
import type { CellPlacement, Placement } from "../placement.ts";
import { nobody } from "./strategy.ts";

/** What partitions' processes must agree on, besides what they are placed by. */
export interface PartitionOptions {
  /** 1 to 2^20, fixed for the life of the data. Default 16,384; a hundred or more for each node balances well. */
  readonly partitions?: number | undefined;
}

/**
 * Cuts the hashes into a fixed number of equal partitions and lets another placement own the partitions instead of
 * the keys (strategy 3 of the Dynamo paper, section 6.2). Keys then move a whole partition at a time, with any
 * strategy, and a lookup is one read from a table.
 *
 * `owner` O(1). `add` and `remove` cost one lookup for each partition, at the next use. Changes made to the inner
 * placement itself are noticed.
 */
export class Partitions implements CellPlacement {
  readonly strategy = "partitions";
  readonly cells: number;
  readonly #inner: Placement;
  #owners: string[] = [];
  #revision = -1;

  constructor(inner: Placement, options: PartitionOptions = {}) {
    this.#inner = checkedPlacement(inner);
    this.cells = checkedInteger("partitions", options.partitions ?? 16_384, 1, 1_048_576);
  }

  get hashing(): string {
    return this.#inner.hashing;
  }

  get size(): number {
    return this.#inner.size;
  }

  get revision(): number {
    return this.#inner.revision;
  }

  has(id: string): boolean {
    return this.#inner.has(id);
  }

  nodes(): readonly PlacedNode[] {
    return this.#inner.nodes();
  }

  hash(key: Key): number {
    return this.#inner.hash(key);
  }

  /** The partition, 0 .. cells - 1, that holds the key. */
  partition(key: Key): number {
    return scale(this.#inner.hash(key), this.cells);
  }

  owner(key: Key): string {
    return this.#ownerOf(this.partition(key));
  }

  ownerAt(hash: number): string {
    return this.#ownerOf(scale(checkedHash(hash), this.cells));
  }

  owners(key: Key, count: number): string[] {
    return this.#inner.ownersAt(spot(this.partition(key)), count);
  }

  ownersAt(hash: number, count: number): string[] {
    return this.#inner.ownersAt(spot(scale(checkedHash(hash), this.cells)), count);
  }

  add(node: string | Node): void {
    this.#inner.add(node);
  }

  remove(id: string): void {
    this.#inner.remove(id);
  }

  fingerprint(): string {
    return `${this.strategy}-v1/partitions=${this.cells}/${this.#inner.fingerprint()}`;
  }

  #ownerOf(partition: number): string {
    if (this.#revision !== this.#inner.revision) this.#assign();
    return this.#owners[partition]!;
  }

  #assign(): void {
    if (this.#inner.size === 0) nobody();
    this.#owners = Array.from({ length: this.cells }, (_, partition) => this.#inner.ownerAt(spot(partition)));
    this.#revision = this.#inner.revision;
  }
}

/** A partition's number as a hash, spread over all of them: some strategies look at high bits only. */
function spot(partition: number): number {
  return mix(partition + 0x9e3779b9) >>> 0;
}
