import type { NodeId } from "@coterie/host";
import { listOf, type Peers } from "../peers.ts";

/** The links of a node in the tree: eager ones carry messages, lazy ones announce them. */
export class Links {
  readonly #self: NodeId;
  readonly #neighbours: Peers;
  readonly #eager: Set<NodeId> = new Set();
  readonly #lazy: Set<NodeId> = new Set();

  constructor(self: NodeId, neighbours: Peers) {
    this.#self = self;
    this.#neighbours = neighbours;
  }

  get eager(): ReadonlySet<NodeId> {
    return this.#eager;
  }

  get lazy(): ReadonlySet<NodeId> {
    return this.#lazy;
  }

  /** Follows the overlay: a new neighbour's link is eager until it turns out to be needless. */
  refresh(): void {
    const now = new Set(listOf(this.#neighbours));
    now.delete(this.#self);
    for (const links of [this.#eager, this.#lazy]) for (const id of links) if (!now.has(id)) links.delete(id);
    for (const id of now) if (!this.#lazy.has(id)) this.#eager.add(id);
  }

  /** The link belongs to the tree. Nodes that are no neighbours have none. */
  makeEager(id: NodeId): void {
    if (this.#lazy.delete(id)) this.#eager.add(id);
  }

  makeLazy(id: NodeId): void {
    if (this.#eager.delete(id)) this.#lazy.add(id);
  }
}
