import type { NodeId, Random } from "@coterie/host";

/**
 * Whom a protocol may talk to: a list, or a function that is asked anew each time, such as `() => members.alive()` by
 * id. It may name the node itself, which is passed over.
 */
export type Peers = readonly NodeId[] | (() => readonly NodeId[]);

export function listOf(peers: Peers): readonly NodeId[] {
  return typeof peers === "function" ? peers() : peers;
}

/** Above this share of the list, drawing blindly would hit the same peers too often. */
const denseShare = 0.25;

/** Up to `count` different peers, each as likely as any other. O(count) from a list that is much longer. */
export function samplePeers(peers: Peers, count: number, self: NodeId, random: Random): readonly NodeId[] {
  const list = listOf(peers);
  if (count >= list.length * denseShare) return drawFromAll(list, count, self, random);
  const drawn: NodeId[] = [];
  // The list may repeat itself or name this node: give up after a few tries rather than look for what is not there.
  for (let tries = 0; drawn.length < count && tries < count * 8; tries++) {
    const peer = list[random.between(0, list.length - 1)]!;
    if (peer !== self && !drawn.includes(peer)) drawn.push(peer);
  }
  return drawn;
}

function drawFromAll(list: readonly NodeId[], count: number, self: NodeId, random: Random): NodeId[] {
  const others = [...new Set(list)].filter((peer) => peer !== self);
  const wanted = Math.min(count, others.length);
  for (let i = 0; i < wanted; i++) {
    const j = random.between(i, others.length - 1);
    [others[i], others[j]] = [others[j]!, others[i]!];
  }
  others.length = wanted;
  return others;
}
