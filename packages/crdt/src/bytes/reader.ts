import { CorruptBytesError } from "../errors.ts";
import { crc32 } from "./crc32.ts";

/** Longer texts are left to the decoder: joining letters makes a string in pieces, which is slow to use. */
const SHORT = 12;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads what Writer wrote. Every length is bounded by the bytes left, so bad bytes end in an error, never in a hang. */
export class Reader {
  #bytes: Uint8Array;
  #at: number;
  #end: number;
  /** The text that `id` read last, and where it stands. */
  #id = "";
  #idAt = 0;
  #idSize = -1;

  constructor(bytes: Uint8Array, from = 0, to: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  /** A reader of sealed bytes, its checksum verified and left off. */
  static sealed(bytes: Uint8Array): Reader {
    const reader = new Reader(new Uint8Array(0));
    reader.open(bytes);
    return reader;
  }

  /** Points an existing reader at sealed bytes: what a hot path uses instead of a new reader each time. */
  open(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array)) throw new CorruptBytesError("they are not a Uint8Array");
    const end = bytes.length - 4;
    if (end < 1) throw new CorruptBytesError(`${bytes.length} bytes are too few`);
    const sum =
      (bytes[end]! | (bytes[end + 1]! << 8) | (bytes[end + 2]! << 16) | (bytes[end + 3]! << 24)) >>> 0;
    if (crc32(bytes, 0, end) !== sum) throw new CorruptBytesError("the checksum does not match");
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = end;
    this.#idSize = -1;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  get at(): number {
    return this.#at;
  }

  /** The next byte, which stays; undefined at the end. */
  peek(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  byte(): number {
    if (this.#at >= this.#end) throw new CorruptBytesError("they end too early");
    return this.#bytes[this.#at++]!;
  }

  uint(): number {
    const bytes = this.#bytes;
    let byte = this.#at < this.#end ? bytes[this.#at++]! : this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    for (;;) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new CorruptBytesError("a number is out of range");
      if (byte < 0x80) break;
      scale *= 128;
    }
    // One number has one spelling: otherwise equal values could have unequal bytes.
    if (byte === 0) throw new CorruptBytesError("a number is not in its shortest form");
    return value;
  }

  int(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float64(): number {
    const cell = this.raw(8);
    return new DataView(cell.buffer, cell.byteOffset, 8).getFloat64(0);
  }

  /** A count of things that take at least `bytesEach` bytes each of what is left. */
  count(bytesEach = 1): number {
    const count = this.uint();
    if (count * bytesEach > this.left) throw new CorruptBytesError("a count exceeds the bytes that are left");
    return count;
  }

  /** Throws unless `count` bytes are left. */
  expect(count: number): void {
    if (count > this.left) throw new CorruptBytesError("a length exceeds the bytes that are left");
  }

  /** A view of the next `length` bytes, without a copy. */
  raw(length: number): Uint8Array {
    if (length > this.left) throw new CorruptBytesError("a length exceeds the bytes that are left");
    const view = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return view;
  }

  block(): Uint8Array {
    return this.raw(this.uint());
  }

  /** Skips the next bytes when they are the first `size` of these; otherwise stays and says false. */
  skip(expected: Uint8Array, size: number): boolean {
    const bytes = this.#bytes;
    const from = this.#at;
    if (size > this.#end - from) return false;
    for (let at = 0; at < size; at++) if (bytes[from + at] !== expected[at]) return false;
    this.#at = from + size;
    return true;
  }

  /** Copies what was read from `from` on. Byte by byte: it is little, and a call into the runtime costs more. */
  copy(from: number, target: Uint8Array): void {
    const bytes = this.#bytes;
    for (let at = from; at < this.#at; at++) target[at - from] = bytes[at]!;
  }

  /** A reader of the next block alone. */
  section(): Reader {
    const length = this.uint();
    if (length > this.left) throw new CorruptBytesError("a length exceeds the bytes that are left");
    const from = this.#at;
    this.#at += length;
    return new Reader(this.#bytes, from, from + length);
  }

  text(): string {
    const size = this.uint();
    this.expect(size);
    const from = this.#at;
    this.#at += size;
    const short = size <= SHORT ? this.#letters(from, this.#at) : undefined;
    if (short !== undefined) return short;
    try {
      return utf8.decode(this.#bytes.subarray(from, this.#at));
    } catch (cause) {
      throw new CorruptBytesError("a text is not valid UTF-8", { cause });
    }
  }

  /** A text that is mostly the one that was read so before, as replica ids are: then it is the same string again. */
  id(): string {
    const from = this.#at;
    const size = this.uint();
    if (size === this.#idSize && size <= this.left) {
      const bytes = this.#bytes;
      const there = this.#idAt;
      const here = this.#at;
      let same = 0;
      while (same < size && bytes[here + same] === bytes[there + same]) same++;
      if (same === size) {
        this.#at = here + size;
        return this.#id;
      }
    }
    this.#at = from;
    this.#id = this.text();
    this.#idSize = size;
    this.#idAt = this.#at - size;
    return this.#id;
  }

  /** A few letters, which are read faster one by one than by the decoder; undefined when there are others. */
  #letters(from: number, to: number): string | undefined {
    const bytes = this.#bytes;
    for (let at = from; at < to; at++) if (bytes[at]! >= 0x80) return undefined;
    let text = "";
    let at = from;
    for (; at + 4 <= to; at += 4)
      text += String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
    for (; at < to; at++) text += String.fromCharCode(bytes[at]!);
    return text;
  }

  /** Decodes `count` UTF-16 code units of UTF-8 into `units` from `from`; true when there are surrogate pairs. */
  units(units: Uint16Array, from: number, count: number): boolean {
    const end = from + count;
    let at = from;
    let pairs = false;
    const bytes = this.#bytes;
    while (at < end) {
      // Most text is ASCII: its bytes are the units.
      let letter = this.#at;
      const stop = Math.min(this.#end, letter + end - at);
      while (letter < stop && bytes[letter]! < 0x80) units[at++] = bytes[letter++]!;
      this.#at = letter;
      if (at === end) break;
      const lead = this.byte();
      if (lead < 0xe0) {
        units[at++] = this.#above(((lead & 0x1f) << 6) | this.#tail(), 0x80, lead >= 0xc0);
      } else if (lead < 0xf0) {
        const code = ((lead & 0x0f) << 12) | (this.#tail() << 6) | this.#tail();
        units[at++] = this.#above(code, 0x800, code < 0xd800 || code > 0xdfff);
      } else {
        const code = ((lead & 0x07) << 18) | (this.#tail() << 12) | (this.#tail() << 6) | this.#tail();
        this.#above(code, 0x10000, lead < 0xf8 && code <= 0x10ffff && at + 2 <= end);
        pairs = true;
        units[at++] = 0xd800 + ((code - 0x10000) >> 10);
        units[at++] = 0xdc00 + (code & 0x3ff);
      }
    }
    return pairs;
  }

  finish(): void {
    if (this.left !== 0) throw new CorruptBytesError(`${this.left} bytes are left over`);
  }

  #tail(): number {
    const byte = this.byte();
    if ((byte & 0xc0) !== 0x80) throw new CorruptBytesError("a text is not valid UTF-8");
    return byte & 0x3f;
  }

  #above(code: number, least: number, fits: boolean): number {
    if (code < least || !fits) throw new CorruptBytesError("a text is not valid UTF-8");
    return code;
  }
}
