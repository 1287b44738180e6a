import { protoInt64 } from "@bufbuild/protobuf";
import { BinaryWriter, type WireType } from "@bufbuild/protobuf/wire";
import type { Lent } from "./lent.ts";

const slabBytesMin = 1024;
/** Eight frames of the default size. The frame that was begun in one buffer is copied into the next: seldom, then. */
const slabBytesMax = 512 * 1024;
/** Below this a loop over the bytes beats the call into native code. */
const loopBytesMax = 24;
const asciiLengthMax = 48;

/**
 * A drop-in for ts-proto's `BinaryWriter` that writes the same bytes, made for writing many messages one after
 * another into one growing buffer. 64-bit integers given as numbers never become BigInt, strings go to UTF-8
 * without an intermediate view, and what is written can be cut off as a frame without being copied.
 *
 * Memory that was cut off is never written again: a socket may go on reading it for as long as it likes.
 */
export class FastWriter extends BinaryWriter {
  #buffer: Buffer;
  /** Where the bytes begin that were not cut off yet. All positions handed out count from here. */
  #start = 0;
  #at = 0;
  /** How long frames were of late: the next buffer takes several of them. */
  #typical = 0;
  /** Positions of the open length prefixes, innermost last. */
  readonly #forks: number[] = [];
  /** `bytes` fields of this length and longer are not copied. */
  #lentMin = Number.POSITIVE_INFINITY;
  #lent: Lent[] = [];
  #lentBytes = 0;

  /** `capacityBytes` is only a first guess: the buffer grows as needed. */
  constructor(capacityBytes: number = slabBytesMin) {
    super();
    this.#buffer = Buffer.allocUnsafeSlow(capacityBytes);
  }

  /** How many bytes were written since the last `cut`, `finish` or construction. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** Takes back everything written after the given length, open forks included. */
  rewind(length: number): void {
    this.#at = this.#start + length;
    this.#forks.length = 0;
    while (this.#lent.length > 0 && this.#lent.at(-1)!.at > length)
      this.#lentBytes -= this.#lent.pop()!.bytes.length;
  }

  /**
   * From now on `bytes` fields of that length and longer are not copied: their length is written, and they are kept
   * in `lent` as they are. Infinity copies them all.
   */
  lendFrom(bytesMin: number): void {
    this.#lentMin = bytesMin;
  }

  /** What was not copied since the last `cut`, by its position. */
  get lent(): readonly Readonly<Lent>[] {
    return this.#lent;
  }

  /** How many bytes that is; `length` does not count them. */
  get lentBytes(): number {
    return this.#lentBytes;
  }

  /** Hands over what was written, without a copy and without what was lent. This writer goes on behind it. */
  cut(): Buffer {
    const bytes = this.#buffer.subarray(this.#start, this.#at);
    if (this.#lent.length > 0) this.#lent = [];
    this.#lentBytes = 0;
    this.#start = this.#at;
    this.#typical = Math.max(bytes.length, this.#typical - (this.#typical >>> 4));
    return bytes;
  }

  /** Leaves room for a little-endian 32-bit number, to be filled in by `patch32`; returns its position. */
  reserve32(): number {
    if (this.#at + 4 > this.#buffer.length) this.#grow(4);
    const position = this.#at - this.#start;
    this.#at += 4;
    return position;
  }

  patch32(position: number, value: number): void {
    const buffer = this.#buffer;
    const at = this.#start + position;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
  }

  override finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.length);
    bytes.set(this.#buffer.subarray(this.#start, this.#at));
    this.rewind(0);
    return bytes;
  }

  override fork(): this {
    if (this.#at + 1 > this.#buffer.length) this.#grow(1);
    this.#forks.push(this.#at - this.#start);
    this.#at++;
    return this;
  }

  override join(): this {
    const fork = this.#forks.pop();
    if (fork === undefined) throw new Error("invalid state, fork stack empty");
    const length = this.length - fork - 1;
    if (length < 0x80) {
      this.#buffer[this.#start + fork] = length;
      return this;
    }
    // One byte was set aside for the length. A longer payload moves up by what is missing.
    const extra = length < 0x4000 ? 1 : length < 0x20_0000 ? 2 : length < 0x1000_0000 ? 3 : 4;
    if (this.#at + extra > this.#buffer.length) this.#grow(extra);
    const from = this.#start + fork + 1;
    this.#buffer.copyWithin(from + extra, from, this.#at);
    for (let i = this.#lent.length - 1; i >= 0 && this.#lent[i]!.at > fork; i--) this.#lent[i]!.at += extra;
    const end = this.#at + extra;
    this.#at = from - 1;
    this.#varint32(length);
    this.#at = end;
    return this;
  }

  override tag(fieldNo: number, type: WireType): this {
    return this.uint32(((fieldNo << 3) | type) >>> 0);
  }

  override raw(chunk: Uint8Array): this {
    const length = chunk.length;
    if (this.#at + length > this.#buffer.length) this.#grow(length);
    if (length <= loopBytesMax) {
      const buffer = this.#buffer;
      let at = this.#at;
      for (let i = 0; i < length; i++) buffer[at++] = chunk[i]!;
      this.#at = at;
    } else {
      this.#buffer.set(chunk, this.#at);
      this.#at += length;
    }
    return this;
  }

  override uint32(value: number): this {
    if (value >>> 0 !== value) throw new Error(`invalid uint32: ${value}`);
    if (this.#at + 5 > this.#buffer.length) this.#grow(5);
    if (value < 0x80) this.#buffer[this.#at++] = value;
    else this.#varint32(value);
    return this;
  }

  override int32(value: number): this {
    // -0 is an integer like any other on the wire.
    if ((value | 0) !== value) throw new Error(`invalid int32: ${value}`);
    if (value >= 0) return this.uint32(value + 0);
    return this.#varint64(value >>> 0, 0xffff_ffff);
  }

  override bool(value: boolean): this {
    if (this.#at + 1 > this.#buffer.length) this.#grow(1);
    this.#buffer[this.#at++] = value ? 1 : 0;
    return this;
  }

  override bytes(value: Uint8Array): this {
    this.uint32(value.byteLength);
    if (value.byteLength < this.#lentMin) return this.raw(value);
    this.#lent.push({ at: this.length, bytes: value });
    this.#lentBytes += value.byteLength;
    return this;
  }

  override string(text: string): this {
    const value = typeof text === "string" ? text : String(text);
    const length = value.length;
    if (this.#at + length * 3 + 5 > this.#buffer.length) this.#grow(length * 3 + 5);
    const buffer = this.#buffer;
    if (length <= asciiLengthMax) {
      let at = this.#at;
      buffer[at++] = length;
      let i = 0;
      for (; i < length; i++) {
        const unit = value.charCodeAt(i);
        if (unit > 0x7f) break;
        buffer[at++] = unit;
      }
      if (i === length) {
        this.#at = at;
        return this;
      }
    }
    // The length stands before the text but is known only after it: guess its width, then move if it was wrong.
    const start = this.#at;
    const guess = varint32Length(length);
    const written = buffer.write(value, start + guess, length * 3, "utf8");
    const width = varint32Length(written);
    if (width !== guess) buffer.copyWithin(start + width, start + guess, start + guess + written);
    this.#varint32(written);
    this.#at = start + width + written;
    return this;
  }

  override float(value: number): this {
    if (typeof value !== "number" || (!Number.isFinite(Math.fround(value)) && Number.isFinite(value)))
      throw new Error(`invalid float32: ${value}`);
    if (this.#at + 4 > this.#buffer.length) this.#grow(4);
    this.#at = this.#buffer.writeFloatLE(value, this.#at);
    return this;
  }

  override double(value: number): this {
    if (this.#at + 8 > this.#buffer.length) this.#grow(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
    return this;
  }

  override fixed32(value: number): this {
    if (value >>> 0 !== value) throw new Error(`invalid uint32: ${value}`);
    return this.#word(value);
  }

  override sfixed32(value: number): this {
    if ((value | 0) !== value) throw new Error(`invalid int32: ${value}`);
    return this.#word(value);
  }

  override sint32(value: number): this {
    if ((value | 0) !== value) throw new Error(`invalid int32: ${value}`);
    return this.uint32(((value << 1) ^ (value >> 31)) >>> 0);
  }

  override fixed64(value: string | number | bigint): this {
    if (isCounter(value)) return this.#word(value).#word(value / 0x1_0000_0000);
    const { lo, hi } = protoInt64.uEnc(value);
    return this.#word(lo).#word(hi);
  }

  override sfixed64(value: string | number | bigint): this {
    if (isCounter(value)) return this.#word(value).#word(value / 0x1_0000_0000);
    const { lo, hi } = protoInt64.enc(value);
    return this.#word(lo).#word(hi);
  }

  override uint64(value: string | number | bigint): this {
    if (isCounter(value)) return this.#varint64(value >>> 0, Math.floor(value / 0x1_0000_0000));
    const { lo, hi } = protoInt64.uEnc(value);
    return this.#varint64(lo >>> 0, hi >>> 0);
  }

  override int64(value: string | number | bigint): this {
    if (isCounter(value)) return this.#varint64(value >>> 0, Math.floor(value / 0x1_0000_0000));
    const { lo, hi } = protoInt64.enc(value);
    return this.#varint64(lo >>> 0, hi >>> 0);
  }

  override sint64(value: string | number | bigint): this {
    const { lo, hi } = protoInt64.enc(value);
    const sign = hi >> 31;
    return this.#varint64(((lo << 1) ^ sign) >>> 0, (((hi << 1) | (lo >>> 31)) ^ sign) >>> 0);
  }

  #word(value: number): this {
    if (this.#at + 4 > this.#buffer.length) this.#grow(4);
    const buffer = this.#buffer;
    const at = this.#at;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
    this.#at = at + 4;
    return this;
  }

  /** The caller has made room. */
  #varint32(value: number): void {
    const buffer = this.#buffer;
    let at = this.#at;
    let rest = value;
    while (rest > 0x7f) {
      buffer[at++] = rest | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#at = at;
  }

  #varint64(low: number, high: number): this {
    if (this.#at + 10 > this.#buffer.length) this.#grow(10);
    const buffer = this.#buffer;
    let at = this.#at;
    let lo = low;
    let hi = high;
    while (hi > 0 || lo > 0x7f) {
      buffer[at++] = lo | 0x80;
      lo = ((hi << 25) | (lo >>> 7)) >>> 0;
      hi >>>= 7;
    }
    buffer[at++] = lo;
    this.#at = at;
    return this;
  }

  /** Moves what was not cut off into a new buffer: the old one may be in a socket's hands. */
  #grow(needBytes: number): void {
    const live = this.length;
    const wanted = Math.min(Math.max(Math.max(live, this.#typical) * 8, slabBytesMin), slabBytesMax);
    const buffer = Buffer.allocUnsafeSlow(Math.max(wanted, live + (live >>> 1) + needBytes));
    buffer.set(this.#buffer.subarray(this.#start, this.#at));
    this.#buffer = buffer;
    this.#start = 0;
    this.#at = live;
  }
}

function isCounter(value: string | number | bigint): value is number {
  return typeof value === "number" && value >= 0 && Number.isSafeInteger(value);
}

function varint32Length(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}
