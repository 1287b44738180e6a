import { TooLargeError } from "../errors.ts";
import { type ReplicaId, replicaIdBytes } from "../replica.ts";
import { check } from "./check.ts";
import { checkBytes, type Kind } from "./kind.ts";

/** The longest encoding, in bytes. Longer ones are refused on both sides. */
export const encodingBytesMax = 67_108_864;

/** The buffer of the last writer that has finished. */
let idle: Uint8Array | undefined;
const idleBytesMax = 65_536;

/**
 * Writes one encoding: kind byte, body, check. Integers are LEB128 (seven bits a byte, low bits first), up to 2^53 - 1.
 */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(kind: Kind) {
    // Making a buffer costs more than filling it. It is taken while in use, as a value's encoder may use one too.
    this.#bytes = idle ?? new Uint8Array(1024);
    idle = undefined;
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

  /** A replica id: its length in one byte, and its UTF-8. Most ids are ASCII, which needs no encoder. */
  id(id: ReplicaId): void {
    const bytes = this.#reserve(1 + id.length);
    const start = this.#length + 1;
    for (let i = 0; i < id.length; i++) {
      const unit = id.charCodeAt(i);
      if (unit >= 0x80) return this.#encodedId(replicaIdBytes(id));
      bytes[start + i] = unit;
    }
    bytes[start - 1] = id.length;
    this.#length = start + id.length;
  }

  #encodedId(bytes: Uint8Array): void {
    this.byte(bytes.length);
    this.raw(bytes);
  }

  /** The finished encoding, in memory of its own. Nothing can be written after it. */
  finish(): Uint8Array {
    const bytes = this.#reserve(checkBytes);
    const end = writeCheck(bytes, this.#length, check(bytes, 0, this.#length));
    if (bytes.length <= idleBytesMax) idle = bytes;
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
