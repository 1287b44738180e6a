const seed = 0x811c9dc5;

/**
 * Folds `bytes[from, to)` into a 32-bit check, four bytes a step. Every step is a bijection of the running value
 * for a given word and of the word for a given running value: damage within one aligned word is always found, any
 * other with probability 1 - 2^-32. It guards against accidents; it is no signature.
 */
export function check(bytes: Uint8Array, from: number, to: number, start: number = seed): number {
  let value = start | 0;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    value = Math.imul(value ^ wordAt(bytes, at), 0x9e3779b1);
    // A product carries information only upwards; folding the high half down lets later steps spread it again.
    value ^= value >>> 15;
  }
  for (; at < to; at++) {
    value = Math.imul(value ^ bytes[at]!, 0x9e3779b1);
    value ^= value >>> 15;
  }
  return value >>> 0;
}

/** Four bytes as a signed number, low byte first. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
