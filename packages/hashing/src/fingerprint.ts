import { murmur3String } from "./hash/murmur3.ts";
import type { PlacedNode } from "./node.ts";

/** 128 bits of a text, as 32 hexadecimal digits. Tells mistakes apart, not forgeries. */
export function digest(text: string): string {
  return [0, 1, 2, 3].map((seed) => (murmur3String(text, seed) >>> 0).toString(16).padStart(8, "0")).join("");
}

/** A text's canonical form of the nodes: what the digest is taken of. */
function canonical(nodes: readonly PlacedNode[]): string {
  return JSON.stringify(nodes.map(({ id, weight, zone }) => [id, weight, zone ?? null]));
}

/** @param parts strategy and version, hash function and seed, options: all that is not nodes. */
export function fingerprintOf(parts: readonly string[], nodes: readonly PlacedNode[]): string {
  return [...parts, digest(canonical(nodes))].join("/");
}
