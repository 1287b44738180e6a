import { mix } from "./mix.ts";

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
const encoder = new TextEncoder();

/** The body step of MurmurHash3 (x86, 32 bits): folds one little-endian word into the state. */
function fold(state: number, word: number): number {
  let h = state ^ scramble(word);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function scramble(word: number): number {
  const k = Math.imul(word, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
}

/**
 * MurmurHash3_x86_32 of bytes, as a signed integer. An engine keeps those in a register, where half of the unsigned
 * ones may have to be boxed: `>>> 0` is left to the border.
 */
export function murmur3Bytes(bytes: Uint8Array, seed: number): number {
  const length = bytes.length;
  const whole = length & ~3;
  let h = seed | 0;
  for (let i = 0; i < whole; i += 4) {
    h = fold(h, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  }
  let tail = 0;
  for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i]!;
  return mix(h ^ scramble(tail) ^ length);
}

/**
 * MurmurHash3_x86_32 of a string's UTF-8 bytes, signed. ASCII, which nearly all keys are, is read in place; the first
 * other character sends the whole string through the encoder.
 */
export function murmur3String(text: string, seed: number): number {
  const length = text.length;
  const whole = length & ~3;
  let h = seed | 0;
  let seen = 0;
  for (let i = 0; i < whole; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    seen |= a | b | c | d;
    h = fold(h, a | (b << 8) | (c << 16) | (d << 24));
  }
  let tail = 0;
  for (let i = length - 1; i >= whole; i--) {
    const a = text.charCodeAt(i);
    seen |= a;
    tail = (tail << 8) | a;
  }
  if (seen > 0x7f) return murmur3Bytes(encoder.encode(text), seed);
  return mix(h ^ scramble(tail) ^ length);
}

/** MurmurHash3_x86_32, signed, of a safe integer as eight bytes, two's complement, little-endian (an int64 elsewhere). */
export function murmur3Integer(value: number, seed: number): number {
  const low = value | 0;
  const high = Math.floor(value / 4_294_967_296) | 0;
  return mix(fold(fold(seed | 0, low), high) ^ 8);
}
