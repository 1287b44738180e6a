import type { NodeId } from "@coterie/host";

const none: ReadonlySet<string> = new Set();

/** Which groups of this host a peer is a member of. */
export class Roster {
  readonly #groups: Map<NodeId, Set<string>> = new Map();
  readonly #peers: Map<string, readonly NodeId[]> = new Map();

  /** The group has these peers from now on. Answers which peers share their first group with this host, or none any more. */
  set(group: string, peers: readonly NodeId[]): { readonly came: NodeId[]; readonly went: NodeId[] } {
    const before = this.#peers.get(group) ?? [];
    if (peers.length > 0) this.#peers.set(group, peers);
    else this.#peers.delete(group);
    const came: NodeId[] = [];
    const went: NodeId[] = [];
    for (const peer of peers) {
      if (!this.#groups.has(peer)) {
        this.#groups.set(peer, new Set());
        came.push(peer);
      }
      this.#groups.get(peer)!.add(group);
    }
    for (const peer of before) {
      if (peers.includes(peer)) continue;
      const groups = this.#groups.get(peer)!;
      groups.delete(group);
      if (groups.size > 0) continue;
      this.#groups.delete(peer);
      went.push(peer);
    }
    return { came, went };
  }

  groupsWith(peer: NodeId): ReadonlySet<string> {
    return this.#groups.get(peer) ?? none;
  }
}
