import { murmur3 } from "@coterie/hashing";
import type { NodeId } from "@coterie/host";

/**
 * The neighbours of `self` in an overlay that all nodes with the same list of members compute alike: every member stands
 * on `rings` circles, in an order of each circle's own, and is linked to the next in both directions. So links are mutual,
 * nobody has more than twice as many as there are rings, one ring alone connects all, and two or more make a random
 * regular graph, in which everybody is O(log n) hops from everybody and many may fail before it falls apart. O(n rings).
 */
export function ringNeighbours(members: readonly NodeId[], self: NodeId, rings = 3): readonly NodeId[] {
  const neighbours = new Set<NodeId>();
  for (let ring = 0; ring < rings; ring++) {
    const order = (id: NodeId): number => murmur3.string!(id, ring);
    const own = order(self);
    let next: NodeId | undefined;
    let previous: NodeId | undefined;
    for (const id of members) {
      if (id === self) continue;
      if (next === undefined || clockwise(own, self, order(id), id) < clockwise(own, self, order(next), next))
        next = id;
      if (
        previous === undefined ||
        clockwise(order(id), id, own, self) < clockwise(order(previous), previous, own, self)
      )
        previous = id;
    }
    if (next !== undefined) neighbours.add(next);
    if (previous !== undefined) neighbours.add(previous);
  }
  return [...neighbours];
}

/** How far `to` is ahead of `from` on the circle of hashes. Equal hashes stand in the order of their ids. */
function clockwise(from: number, fromId: NodeId, to: number, toId: NodeId): number {
  if (from === to) return toId > fromId ? 0 : 2 ** 32;
  return to > from ? to - from : to - from + 2 ** 32;
}
