import { InvalidArgumentError, MalformedBytesError } from "../errors.ts";
import { check } from "./check.ts";
import { checkBytes, type Kind } from "./kind.ts";
import { encodingBytesMax } from "./writer.ts";

/**
 * Reads what `Writer` wrote. Nothing is allocated for a length before that many bytes are known to be there, and
 * everything that has two spellings is accepted in the canonical one only.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;

  /** Checks kind and integrity of the whole encoding before anything is read from it. */
  constructor(bytes: Uint8Array, kind: Kind) {
    assertEncoding(bytes, kind);
    this.#bytes = bytes;
    this.#end = bytes.length - checkBytes;
    if (readCheck(bytes) !== check(bytes, 0, this.#end)) {
      throw new MalformedBytesError("The check does not fit the bytes", this.#end);
    }
    this.#at = 1;
  }

  get offset(): number {
    return this.#at;
  }

  byte(): number {
    return this.raw(1)[0]!;
  }

  integer(): number {
    const bytes = this.#bytes;
    let value = 0;
    let scale = 1;
    for (let at = this.#at; at < this.#end; at++) {
      const byte = bytes[at]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) break;
        if (value > Number.MAX_SAFE_INTEGER) break;
        this.#at = at + 1;
        return value;
      }
      scale *= 128;
      if (scale > 2 ** 49) break;
    }
    return this.fail("Not an integer of at most 2^53 - 1 in its shortest form");
  }

  /** A count of things that take at least `bytesEach` bytes: refused when the bytes left cannot hold them. */
  count(bytesEach: number): number {
    const value = this.integer();
    if (value * bytesEach > this.#end - this.#at) return this.fail("A count beyond the bytes that are left");
    return value;
  }

  raw(length: number): Uint8Array {
    if (length > this.#end - this.#at) return this.fail("A length beyond the bytes that are left");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** What `Writer.chunk` wrote: a view of the input, not a copy. */
  chunk(): Uint8Array {
    return this.raw(this.integer());
  }

  /** All bytes up to the check: a view of the input, not a copy. */
  rest(): Uint8Array {
    return this.raw(this.#end - this.#at);
  }

  /** Throws unless everything has been read. */
  finish(): void {
    if (this.#at !== this.#end) this.fail("Bytes left over");
  }

  fail(what: string, cause?: unknown): never {
    throw new MalformedBytesError(what, this.#at, cause === undefined ? undefined : { cause });
  }
}

/** Throws unless `bytes` are bytes, long enough for kind and check, and of this kind. */
export function assertEncoding(bytes: Uint8Array, kind: Kind): void {
  if (!ArrayBuffer.isView(bytes) || bytes.BYTES_PER_ELEMENT !== 1) {
    throw new InvalidArgumentError("An encoding is a Uint8Array.");
  }
  if (bytes.length > encodingBytesMax) {
    throw new MalformedBytesError(`More than ${encodingBytesMax} bytes`, encodingBytesMax);
  }
  if (bytes.length < 1 + checkBytes) throw new MalformedBytesError("Cut short", bytes.length);
  if (bytes[0] !== kind) {
    throw new MalformedBytesError(`Kind ${bytes[0]} where kind ${kind} was expected`, 0);
  }
}

/** The check at the end of an encoding. */
export function readCheck(bytes: Uint8Array): number {
  const at = bytes.length - checkBytes;
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
