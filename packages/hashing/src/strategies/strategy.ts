import { NoNodesError } from "../errors.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { type HashOptions, type Key, KeyHash } from "../hash/key.ts";
import type { Node, PlacedNode } from "../node.ts";
import { checkedHash, checkedInteger } from "../options.ts";
import type { Placement } from "../placement.ts";
import { Roster } from "../roster.ts";
import { spread } from "./preference.ts";

/**
 * What all strategies share. `owner` is left to each of them: it is the one hot path, and a call that several
 * classes share would be slow in all of them once a process uses two strategies.
 */
export abstract class Strategy implements Placement {
  abstract readonly strategy: string;
  readonly hashing: string;
  protected readonly roster: Roster;
  protected readonly keys: KeyHash;
  #fingerprint: { revision: number; text: string } | undefined;

  constructor(options: HashOptions) {
    this.keys = new KeyHash(options);
    this.hashing = this.keys.name;
    this.roster = new Roster(this.keys);
  }

  get size(): number {
    return this.roster.size;
  }

  get revision(): number {
    return this.roster.revision;
  }

  has(id: string): boolean {
    return this.roster.has(id);
  }

  nodes(): readonly PlacedNode[] {
    return this.roster.sorted().map((index) => this.roster.node(index));
  }

  hash(key: Key): number {
    return this.keys.of(key);
  }

  abstract owner(key: Key): string;

  ownerAt(hash: number): string {
    const index = this.indexAt(checkedHash(hash));
    return this.roster.ids[index] ?? nobody();
  }

  owners(key: Key, count: number): string[] {
    return this.#ownersAt(this.keys.of(key), count);
  }

  ownersAt(hash: number, count: number): string[] {
    return this.#ownersAt(checkedHash(hash), count);
  }

  abstract add(node: string | Node): void;
  abstract remove(id: string): void;

  fingerprint(): string {
    if (this.#fingerprint?.revision !== this.revision) {
      const parts = [`${this.strategy}-v1`, this.hashing, this.describe()].filter((part) => part !== "");
      this.#fingerprint = { revision: this.revision, text: fingerprintOf(parts, this.nodes()) };
    }
    return this.#fingerprint.text;
  }

  /** The index of a hash's owner. Only called with at least one node, or may give any index without a node. */
  protected abstract indexAt(hash: number): number;
  /** Indices of all nodes, each once, the owner first. Taken from only as far as needed. */
  protected abstract preference(hash: number): Iterable<number>;
  /** The options that change where keys go, for the fingerprint. */
  protected abstract describe(): string;

  #ownersAt(hash: number, count: number): string[] {
    checkedInteger("count", count, 1, Number.MAX_SAFE_INTEGER);
    if (this.size === 0) nobody();
    return spread(this.preference(hash), count, this.roster);
  }
}

/** @throws NoNodesError, always. */
export function nobody(): never {
  throw new NoNodesError();
}
