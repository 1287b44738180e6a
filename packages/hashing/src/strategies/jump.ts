import { InvalidNodeError } from "../errors.ts";
import type { HashOptions, Key } from "../hash/key.ts";
import { HASHES, mix } from "../hash/mix.ts";
import type { Node, PlacedNode } from "../node.ts";
import { checkedInteger } from "../options.ts";
import { eachNode } from "../roster.ts";
import { drawn } from "./preference.ts";
import { nobody, Strategy } from "./strategy.ts";

// 2862933555777941757, the paper's multiplier, as 32-bit halves; the low one again as 16-bit halves.
const HIGH = 0x27bb2ee6;
const LOW = 0x87b0b0fd;
const LOW_LOW = 0xb0fd;
const LOW_HIGH = 0x87b0;

/**
 * Jump consistent hash (Lamping and Veach, 2014, figure 1) of a 64-bit key, given as two 32-bit halves: a bucket
 * from 0 to buckets - 1. The paper's 64-bit generator is run on the halves, without BigInt.
 */
function jump(keyHigh: number, keyLow: number, buckets: number): number {
  let high = keyHigh;
  let low = keyLow >>> 0;
  let bucket = 0;
  let next = 0;
  while (next < buckets) {
    bucket = next;
    const carry = Math.floor((low * LOW_HIGH + Math.floor((low * LOW_LOW) / 65_536)) / 65_536);
    high = (Math.imul(high, LOW) + Math.imul(low, HIGH) + (carry | 0)) | 0;
    low = (Math.imul(low, LOW) + 1) >>> 0;
    if (low === 0) high = (high + 1) | 0;
    next = Math.floor((bucket + 1) * (2_147_483_648 / ((high >>> 1) + 1)));
  }
  return bucket;
}

/**
 * The paper's function on an integer key: the bucket, 0 .. buckets - 1, that every implementation of it gives.
 * O(ln buckets). Keys that are not already even should be hashed first, which `JumpHash` does.
 *
 * @throws InvalidOptionError when key is not a safe integer, or buckets not from 1 to 2^31 - 1
 */
export function jumpHash(key: number, buckets: number): number {
  checkedInteger("key", key, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  checkedInteger("buckets", buckets, 1, 2_147_483_647);
  return jump(Math.floor(key / HASHES) | 0, key | 0, buckets);
}

/**
 * Jump consistent hash over named nodes: no table, O(ln nodes) for a lookup, shares as even as hashes are.
 *
 * It numbers its nodes, in the order given, and that order is part of the placement. The last node joins and leaves
 * at the least possible cost. When another one leaves, the last node takes its number, and twice as much moves as
 * must. Nodes cannot be weighted.
 */
export class JumpHash extends Strategy {
  readonly strategy = "jump";

  constructor(nodes: Iterable<string | Node> = [], options: HashOptions = {}) {
    super(options);
    for (const node of eachNode(nodes)) this.add(node);
  }

  owner(key: Key): string {
    return this.roster.ids[this.indexAt(this.keys.bits(key))] ?? nobody();
  }

  /** In the order of their buckets: hand it to another process to build the same placement. */
  override nodes(): readonly PlacedNode[] {
    return this.roster.ids.map((_, index) => this.roster.node(index));
  }

  add(node: string | Node): void {
    this.roster.append(unweighted(this.roster.admit(node), this.strategy));
  }

  remove(id: string): void {
    this.roster.delete(this.roster.indexOf(id));
  }

  protected indexAt(hash: number): number {
    return jump(hash, mix(hash + 0x9e3779b9), this.size);
  }

  protected preference(hash: number): Iterable<number> {
    return drawn((attempt) => {
      const again = attempt === 0 ? hash : mix(hash ^ mix(attempt));
      return this.indexAt(again);
    }, this.roster);
  }

  protected describe(): string {
    return "";
  }
}

/** @throws InvalidNodeError for a weight that the strategy could not honour */
export function unweighted(node: PlacedNode, strategy: string): PlacedNode {
  if (node.weight !== 1) {
    throw new InvalidNodeError(
      `Node "${node.id}" has weight ${node.weight}, but ${strategy} gives all nodes the same share: leave the weight out, or use a ring, rendezvous or Maglev.`,
    );
  }
  return node;
}
