import { CapacityError, DuplicateNodeError, InvalidNodeError, UnknownNodeError } from "./errors.ts";
import type { KeyHash } from "./hash/key.ts";
import { type Node, type PlacedNode, toNode } from "./node.ts";

/** Indices of nodes are kept in 16 bits. */
export const NODES_MAX = 65_536;

/** Separates a node's second hash from its first, which is its id's hash as a key. */
const SALT = 0x9747b28c;

/**
 * The nodes of one placement, in a dense row: index 0 .. size - 1. Removal moves the last node into the gap, so
 * indices say nothing about order and no result may depend on them: ties are broken by id.
 */
export class Roster {
  /** By index. */
  readonly ids: string[] = [];
  readonly weights: number[] = [];
  readonly zones: (string | undefined)[] = [];
  /** Two independent 32-bit hashes of each id, the second one odd. Half as many bits would let ids collide. */
  first: Int32Array = new Int32Array(16);
  second: Int32Array = new Int32Array(16);
  /** Counts changes. */
  revision = 0;
  readonly #hash: KeyHash;
  readonly #indices: Map<string, number> = new Map();
  /** How many nodes there are of each weight. */
  readonly #weighing: Map<number, number> = new Map();
  #sorted: number[] | undefined;

  constructor(hash: KeyHash) {
    this.#hash = hash;
  }

  get size(): number {
    return this.ids.length;
  }

  /** Whether all nodes weigh the same. */
  get balanced(): boolean {
    return this.#weighing.size <= 1;
  }

  has(id: string): boolean {
    return this.#indices.has(id);
  }

  node(index: number): PlacedNode {
    return { id: this.ids[index]!, weight: this.weights[index]!, zone: this.zones[index] };
  }

  /** Checks a node that is about to be added. @throws InvalidNodeError, DuplicateNodeError, CapacityError */
  admit(given: string | Node): PlacedNode {
    const node = toNode(given);
    if (this.#indices.has(node.id)) throw new DuplicateNodeError(node.id);
    if (this.size >= NODES_MAX) throw new CapacityError(`A placement holds at most ${NODES_MAX} nodes.`);
    return node;
  }

  /** Adds an admitted node; gives its index. */
  append(node: PlacedNode): number {
    const index = this.size;
    if (index === this.first.length) this.#grow();
    this.ids.push(node.id);
    this.weights.push(node.weight);
    this.zones.push(node.zone);
    this.first[index] = this.#hash.also(node.id, 0);
    this.second[index] = this.#hash.also(node.id, SALT) | 1;
    this.#indices.set(node.id, index);
    this.#weighing.set(node.weight, (this.#weighing.get(node.weight) ?? 0) + 1);
    this.#changed();
    return index;
  }

  /** @throws UnknownNodeError */
  indexOf(id: string): number {
    const index = this.#indices.get(id);
    if (index === undefined) throw new UnknownNodeError(id);
    return index;
  }

  /** Takes a node out; the node that had the last index now has this one. */
  delete(index: number): void {
    const last = this.size - 1;
    const weight = this.weights[index]!;
    this.#indices.delete(this.ids[index]!);
    this.#weighing.set(weight, this.#weighing.get(weight)! - 1);
    if (this.#weighing.get(weight) === 0) this.#weighing.delete(weight);
    if (index !== last) {
      this.ids[index] = this.ids[last]!;
      this.weights[index] = this.weights[last]!;
      this.zones[index] = this.zones[last];
      this.first[index] = this.first[last]!;
      this.second[index] = this.second[last]!;
      this.#indices.set(this.ids[index]!, index);
    }
    this.ids.pop();
    this.weights.pop();
    this.zones.pop();
    this.#changed();
  }

  /** Whether the node at index a comes before the one at b in the order that breaks ties: UTF-16 code units. */
  precedes(a: number, b: number): boolean {
    return this.ids[a]! < this.ids[b]!;
  }

  /** All indices, ordered by id: what a result that must not depend on the order of joins starts from. */
  sorted(): readonly number[] {
    this.#sorted ??= this.ids.map((_, index) => index).sort((a, b) => (this.precedes(a, b) ? -1 : 1));
    return this.#sorted;
  }

  #grow(): void {
    const { first, second } = this;
    this.first = new Int32Array(2 * first.length);
    this.second = new Int32Array(2 * second.length);
    this.first.set(first);
    this.second.set(second);
  }

  #changed(): void {
    this.revision += 1;
    this.#sorted = undefined;
  }
}

/** The nodes a constructor was given. A lone string is a slip that would otherwise place its letters. */
export function eachNode(nodes: Iterable<string | Node>): Iterable<string | Node> {
  if (typeof nodes === "string" || typeof nodes?.[Symbol.iterator] !== "function") {
    throw new InvalidNodeError("Nodes are given as an array (or another iterable) of ids or nodes.");
  }
  return nodes;
}
