/** 2^32: how many hashes there are. */
export const HASHES = 4_294_967_296;

/**
 * MurmurHash3's 32-bit finalizer: a bijection of the 32-bit integers in which every input bit flips every output
 * bit with a chance close to one half. Returns a signed integer; `>>> 0` makes it a hash.
 */
export function mix(value: number): number {
  let h = value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * Maps a hash (signed or not) evenly onto 0 .. count - 1 by its high bits. Cheaper than a remainder, exact in a double for every
 * count up to 2^20, and it keeps the order of hashes, so that neighbours stay neighbours.
 */
export function scale(hash: number, count: number): number {
  // Truncated by `|`, which is one instruction; Math.floor is two and a check.
  return (((hash >>> 0) * count) / HASHES) | 0;
}

/** The smallest hash that `scale` maps to `cell`; for `cell === count`, 2^32. */
export function cellStart(cell: number, count: number): number {
  return Math.ceil((cell * HASHES) / count);
}
