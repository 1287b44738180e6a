import type { NodeId } from "@coterie/host";

/**
 * 64 bits that are equal at two nodes if they see the same members in service, whatever the order: 16 hex digits.
 * Compared over a whole cluster (in metrics, say) it shows at a glance whether views differ. O(n).
 */
export function fingerprint(ids: Iterable<NodeId>): string {
  let high = 0;
  let low = 0;
  for (const id of ids) {
    // A sum does not depend on the order, and each member's part of it is spread over all bits.
    high = (high + hash(id, 0x9e3779b9)) >>> 0;
    low = (low + hash(id, 0x85ebca6b)) >>> 0;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** FNV-1a from a seed, finished as murmur3 does it. */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
