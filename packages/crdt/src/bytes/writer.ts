import { crc32 } from "./crc32.ts";

const utf8 = new TextEncoder();
/** Texts of at most so many letters have a length of one byte. */
const SHORT = 64;

/** A growing buffer with the few shapes that all encodings here are made of. */
export class Writer {
  #bytes: Uint8Array;
  #at = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#at;
  }

  byte(value: number): void {
    if (this.#at === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#at++] = value;
  }

  /** Unsigned LEB128; any safe integer that is not negative. */
  uint(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#grow(8);
    const bytes = this.#bytes;
    let rest = value;
    // Beyond 32 bits the bitwise operators would wrap, so the upper groups are taken by division.
    while (rest > 0x7fffffff) {
      bytes[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.#at++] = rest;
  }

  /** Zigzag, so that small numbers of either sign stay short. */
  int(value: number): void {
    this.uint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  float64(value: number): void {
    const cell = new Uint8Array(8);
    new DataView(cell.buffer).setFloat64(0, value);
    this.raw(cell);
  }

  raw(bytes: Uint8Array): void {
    if (this.#at + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    // A call into the runtime costs more than a few bytes one by one.
    if (bytes.length < 24) for (let i = 0; i < bytes.length; i++) this.#bytes[this.#at + i] = bytes[i]!;
    else this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** What another writer holds, without a copy in between. */
  append(other: Writer): void {
    const size = other.#at;
    if (size >= 24) {
      this.raw(other.#bytes.subarray(0, size));
      return;
    }
    if (this.#at + size > this.#bytes.length) this.#grow(size);
    for (let i = 0; i < size; i++) this.#bytes[this.#at + i] = other.#bytes[i]!;
    this.#at += size;
  }

  /** A length and then the bytes. */
  block(bytes: Uint8Array): void {
    this.uint(bytes.length);
    this.raw(bytes);
  }

  /** Well-formed text as UTF-8 with its length in bytes. */
  text(text: string): void {
    if (text.length > SHORT || !this.#letters(text)) this.block(utf8.encode(text));
  }

  /** Few letters are written faster one by one than by the encoder; false, and nothing written, when there are others. */
  #letters(text: string): boolean {
    const size = text.length;
    if (this.#at + 1 + size > this.#bytes.length) this.#grow(1 + size);
    const bytes = this.#bytes;
    const from = this.#at + 1;
    for (let i = 0; i < size; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) return false;
      bytes[from + i] = unit;
    }
    bytes[from - 1] = size;
    this.#at = from + size;
    return true;
  }

  /** UTF-16 code units as UTF-8 without a length: the reader is told how many units there are. */
  units(units: Uint16Array, from: number, to: number): void {
    if (this.#at + 3 * (to - from) > this.#bytes.length) this.#grow(3 * (to - from));
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = from; i < to; i++) {
      let code = units[i]!;
      if (code < 0x80) {
        bytes[at++] = code;
      } else if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >> 6);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else if (code >= 0xd800 && code < 0xdc00) {
        code = 0x10000 + ((code - 0xd800) << 10) + (units[++i]! - 0xdc00);
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else {
        bytes[at++] = 0xe0 | (code >> 12);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      }
    }
    this.#at = at;
  }

  /** Appends the checksum of everything written so far and returns a copy of the whole. */
  sealed(): Uint8Array {
    const crc = crc32(this.#bytes, 0, this.#at);
    if (this.#at + 4 > this.#bytes.length) this.#grow(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#at++] = (crc >>> shift) & 0xff;
    return this.bytes();
  }

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** Starts over with the same buffer. */
  reset(): void {
    this.#at = 0;
  }

  #grow(more: number): void {
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
