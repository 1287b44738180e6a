import { TooLargeError } from "../errors.ts";
import { check } from "./check.ts";
import { checkBytes, type Kind } from "./kind.ts";

/** The longest encoding, in bytes. Longer ones are refused on both sides. */
export const encodingBytesMax = 67_108_864;

/**
 * Writes one encoding: kind byte, body, check. Integers are LEB128 (seven bits a byte, low bits first), up to 2^53 - 1.
 */
export class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  constructor(kind: Kind) {
    this.byte(kind);
  }

  byte(value: number): void {
    this.#reserve(1)[this.#length++] = value;
  }

  integer(value: number): void {
    this.#length = writeInteger(this.#reserve(8), this.#length, value);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length).set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A length and that many bytes. */
  chunk(bytes: Uint8Array): void {
    this.integer(bytes.length);
    this.raw(bytes);
  }

  /** The finished encoding, in memory of its own. */
  finish(): Uint8Array {
    const bytes = this.#reserve(checkBytes);
    const end = writeCheck(bytes, this.#length, check(bytes, 0, this.#length));
    return bytes.slice(0, end);
  }

  #reserve(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > encodingBytesMax) {
      throw new TooLargeError(`An encoding has at most ${encodingBytesMax} bytes.`);
    }
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Writes a safe integer as LEB128 (at most 8 bytes) and returns where it ends. */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  // Bit operations work on 32 bits: what is above them goes by division.
  while (rest >= 0x8000_0000) {
    bytes[next++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    bytes[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[next++] = rest;
  return next;
}

/** Writes the check, low byte first, and returns where it ends. */
export function writeCheck(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
  return at + checkBytes;
}
