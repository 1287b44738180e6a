import { NoNodesError } from "../errors.ts";
import type { Key } from "../hash/key.ts";
import { checkedNumber, checkedPlacement } from "../options.ts";
import type { Placement } from "../placement.ts";

export interface BoundedLoadsOptions {
  /** How far above its fair share a node may be loaded: 0.01 to 100, default 0.25. */
  readonly epsilon?: number | undefined;
}

/** A key that is on another node than it was. */
export interface KeyMove {
  readonly key: Key;
  readonly from: string;
  readonly to: string;
}

interface Assigned {
  readonly key: Key;
  readonly hash: number;
  /** The placement's owner when it was last asked. */
  home: string;
  node: string;
}

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, 2018): of m assigned keys no node ever
 * holds more than ceil((1 + epsilon) m share), where share is its weight's part of all weights. A key whose owner is
 * full goes to the next node of its preference that has room.
 *
 * Works over any placement. Where a key is depends on which keys came before it: one process decides, and tells the
 * others. Where the paper moves a forwarded key back as soon as its owner has room, here it stays until its owner
 * changes, or its node must shed load: fewer moves, a little less locality.
 *
 * `assign` O(nodes passed); `release` O(nodes); the first call after the placement changed O(keys).
 */
export class BoundedLoads {
  readonly epsilon: number;
  readonly #placement: Placement;
  readonly #keys: Map<string | number, Assigned> = new Map();
  /** By node: what it holds. */
  #held: Map<string, Set<Assigned>> = new Map();
  /** By node: its part of all weights. */
  readonly #shares: Map<string, number> = new Map();
  /** Where keys were when moves() was last asked, for those that moved since. */
  readonly #movedFrom: Map<Assigned, string> = new Map();
  #revision = -1;

  constructor(placement: Placement, options: BoundedLoadsOptions = {}) {
    this.epsilon = checkedNumber("epsilon", options.epsilon ?? 0.25, 0.01, 100);
    this.#placement = checkedPlacement(placement);
  }

  /** How many keys are assigned. */
  get size(): number {
    return this.#keys.size;
  }

  /** The key's node. Assigns the key if it was not. @throws NoNodesError, InvalidKeyError */
  assign(key: Key): string {
    const hash = this.#placement.hash(key);
    this.#follow();
    const known = this.#keys.get(identity(key));
    if (known !== undefined) return known.node;
    const home = this.#placement.ownerAt(hash);
    const assigned: Assigned = { key, hash, home, node: home };
    this.#keys.set(identity(key), assigned);
    this.#put(assigned);
    return assigned.node;
  }

  /** The key's node; undefined when the key is not assigned. @throws InvalidKeyError */
  owner(key: Key): string | undefined {
    this.#placement.hash(key);
    this.#follow();
    return this.#keys.get(identity(key))?.node;
  }

  /** Forgets a key, and says whether it was assigned. Other keys may have to move, as the bound sinks. */
  release(key: Key): boolean {
    this.#placement.hash(key);
    this.#follow();
    const assigned = this.#keys.get(identity(key));
    if (assigned === undefined) return false;
    this.#keys.delete(identity(key));
    this.#movedFrom.delete(assigned);
    this.#held.get(assigned.node)!.delete(assigned);
    this.#shed();
    return true;
  }

  /** What moved since the last call, each key once: nodes came or went, or keys were released. */
  moves(): KeyMove[] {
    this.#follow();
    const moves: KeyMove[] = [];
    for (const [{ key, node }, from] of this.#movedFrom) {
      if (from !== node) moves.push({ key, from, to: node });
    }
    this.#movedFrom.clear();
    return moves;
  }

  /** How many keys each node holds. */
  loads(): Map<string, number> {
    this.#follow();
    return new Map(Array.from(this.#held, ([id, held]) => [id, held.size]));
  }

  /** The most keys the node may hold at present; 0 for a node that is not there. */
  bound(id: string): number {
    this.#follow();
    return this.#boundOf(id);
  }

  #boundOf(id: string): number {
    return Math.ceil((1 + this.epsilon) * this.#keys.size * (this.#shares.get(id) ?? 0));
  }

  /** Catches up with the placement: keys go where their owner changed, and away from nodes that left. */
  #follow(): void {
    const placement = this.#placement;
    if (this.#revision === placement.revision) return;
    if (placement.size === 0 && this.#keys.size > 0) throw new NoNodesError();
    this.#revision = placement.revision;
    const nodes = placement.nodes();
    const total = nodes.reduce((sum, node) => sum + node.weight, 0);
    const before = this.#held;
    this.#held = new Map(nodes.map((node) => [node.id, before.get(node.id) ?? new Set()]));
    this.#shares.clear();
    for (const node of nodes) this.#shares.set(node.id, node.weight / total);
    const displaced: Assigned[] = [];
    for (const assigned of this.#keys.values()) {
      const home = placement.ownerAt(assigned.hash);
      if (home === assigned.home && this.#held.has(assigned.node)) continue;
      assigned.home = home;
      this.#held.get(assigned.node)?.delete(assigned);
      displaced.push(assigned);
    }
    for (const assigned of displaced) this.#move(assigned);
    this.#shed();
  }

  /** Brings every node within its bound; keys that are not at home go first. */
  #shed(): void {
    for (const [id, held] of this.#held) {
      let over = held.size - this.#boundOf(id);
      if (over <= 0) continue;
      const byDistance = [...held].sort((a, b) => Number(a.home === id) - Number(b.home === id));
      for (const assigned of byDistance) {
        if (over-- === 0) break;
        held.delete(assigned);
        this.#move(assigned);
      }
    }
  }

  #move(assigned: Assigned): void {
    if (!this.#movedFrom.has(assigned)) this.#movedFrom.set(assigned, assigned.node);
    this.#put(assigned);
  }

  /** Puts a key on the first node of its preference with room. There is one: the bounds add up to more than m. */
  #put(assigned: Assigned): void {
    for (let looked = 0, count = 1; ; looked = count, count *= 4) {
      for (const id of this.#placement.ownersAt(assigned.hash, count).slice(looked)) {
        const held = this.#held.get(id)!;
        if (held.size >= this.#boundOf(id)) continue;
        held.add(assigned);
        assigned.node = id;
        return;
      }
    }
  }
}

/** A key as a map knows it: equal for equal keys, and only for them. */
function identity(key: Key): string | number {
  if (typeof key === "number") return key;
  if (typeof key === "string") return `s${key}`;
  let text = "b";
  for (const byte of key) text += String.fromCharCode(byte);
  return text;
}
