import type { Key } from "./hash/key.ts";
import type { Node, PlacedNode } from "./node.ts";

/**
 * Decides which node owns a key. Every strategy of this package is one, so that an app can swap them.
 *
 * An owner depends on nothing but the nodes, the options and the key: the same in every process, on every platform,
 * whatever the order in which nodes joined (save for `JumpHash` and `AnchorHash`, which say so).
 */
export interface Placement {
  /** The strategy's name, as it stands in the fingerprint. */
  readonly strategy: string;
  /** Hash function and seed. Placements that share it give a key the same hash. */
  readonly hashing: string;
  /** How many nodes there are. */
  readonly size: number;
  /** Counts additions and removals: a cheap way to see that something derived from the placement is stale. */
  readonly revision: number;

  has(id: string): boolean;
  /** The nodes, by id; or in their buckets' order where that order is part of the placement. */
  nodes(): readonly PlacedNode[];

  /** The key's place among the hashes, 0 .. 2^32 - 1. @throws InvalidKeyError */
  hash(key: Key): number;
  /** The node that owns the key. @throws NoNodesError, InvalidKeyError */
  owner(key: Key): string;
  /**
   * The nodes to hold a key's replicas: `count` distinct ones, or all if there are fewer, the owner first. While
   * zones last no two are in one zone; then no zone holds two more than another that still has a node to offer.
   * @throws NoNodesError, InvalidKeyError, InvalidOptionError
   */
  owners(key: Key, count: number): string[];
  /** `owner` for a hash instead of a key. @throws NoNodesError, InvalidOptionError */
  ownerAt(hash: number): string;
  /** `owners` for a hash instead of a key. @throws NoNodesError, InvalidOptionError */
  ownersAt(hash: number, count: number): string[];

  /** @throws InvalidNodeError, DuplicateNodeError, CapacityError */
  add(node: string | Node): void;
  /** @throws UnknownNodeError */
  remove(id: string): void;

  /**
   * Equal in two processes exactly when they place every key alike: names the strategy and its version, the hash
   * function, the seed and the options, and ends with a 128-bit digest of the nodes. Linear in the nodes on the
   * first call after a change.
   */
  fingerprint(): string;
}

/**
 * A placement that cuts the hashes into equal cells, each of which has one owner: cell c holds the hashes h with
 * floor(h * cells / 2^32) = c. What moves between two of these can be told in ranges, without looking at keys.
 */
export interface CellPlacement extends Placement {
  readonly cells: number;
}
