import { InvalidArgumentError, MalformedBytesError } from "../errors.ts";
import { type Comparable, type Ordering, orderingOf } from "../ordering.ts";
import { describe } from "../replica.ts";

/** The highest wall time of a stamp: 48 bits of milliseconds since 1970 last beyond the year 10,000. */
export const wallMsMax: number = 2 ** 48 - 1;
/** The highest logical counter of a stamp: 16 bits. */
export const logicalMax: number = 2 ** 16 - 1;

/**
 * A hybrid logical time in 64 bits: milliseconds since the Unix epoch (48) and a counter among events that share
 * them (16). Stamps order like their strings and like their bytes.
 *
 * Stamps of different processes can be equal: order by stamp and then by replica id where every tie must be broken.
 */
export interface HybridStamp extends Comparable<HybridStamp> {
  readonly wallMs: number;
  readonly logical: number;
  /** "before", "after" or "equal": never "concurrent". */
  compare(other: HybridStamp): Ordering;
  /** 16 lower-case hexadecimal digits: strings sort as the stamps do. */
  toString(): string;
  /** The same as `toString`. */
  toJSON(): string;
  /** 8 bytes, highest first: bytes sort as the stamps do. There is no room for a check: any 8 bytes are a stamp. */
  toBytes(): Uint8Array;
}

/** Makes a stamp from its two numbers. Throws `InvalidArgumentError` when one is out of range. */
export function hybridStamp(wallMs: number, logical = 0): HybridStamp {
  if (!Number.isInteger(wallMs) || wallMs < 0 || wallMs > wallMsMax) {
    throw new InvalidArgumentError(`wallMs is a whole number from 0 to 2^48 - 1, not ${describe(wallMs)}.`);
  }
  if (!Number.isInteger(logical) || logical < 0 || logical > logicalMax) {
    throw new InvalidArgumentError(`logical is a whole number from 0 to 65,535, not ${describe(logical)}.`);
  }
  return new Stamp(wallMs, logical);
}

/** Reads what `toString` wrote. Throws `InvalidArgumentError` for anything else. */
export function parseHybridStamp(text: string): HybridStamp {
  if (typeof text !== "string" || !/^[0-9a-f]{16}$/.test(text)) {
    throw new InvalidArgumentError(
      `A hybrid stamp is 16 lower-case hexadecimal digits, not ${describe(text)}.`,
    );
  }
  return new Stamp(Number.parseInt(text.slice(0, 12), 16), Number.parseInt(text.slice(12), 16));
}

/** Reads what `toBytes` wrote. Throws `MalformedBytesError` unless there are 8 bytes. */
export function decodeHybridStamp(bytes: Uint8Array): HybridStamp {
  if (!ArrayBuffer.isView(bytes) || bytes.BYTES_PER_ELEMENT !== 1) {
    throw new InvalidArgumentError("A hybrid stamp is decoded from a Uint8Array.");
  }
  if (bytes.length !== 8)
    throw new MalformedBytesError("A hybrid stamp has 8 bytes; this ends", bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return new Stamp(view.getUint32(0) * 65_536 + view.getUint16(4), view.getUint16(6));
}

class Stamp implements HybridStamp {
  readonly wallMs: number;
  readonly logical: number;

  constructor(wallMs: number, logical: number) {
    this.wallMs = wallMs;
    this.logical = logical;
  }

  compare(other: HybridStamp): Ordering {
    if (typeof other?.wallMs !== "number")
      throw new InvalidArgumentError("A hybrid stamp compares to a hybrid stamp.");
    const difference = this.wallMs - other.wallMs || this.logical - other.logical;
    return orderingOf(difference < 0, difference > 0);
  }

  toString(): string {
    return hexadecimal(this.wallMs, 12) + hexadecimal(this.logical, 4);
  }

  toJSON(): string {
    return this.toString();
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, Math.floor(this.wallMs / 65_536));
    view.setUint16(4, this.wallMs % 65_536);
    view.setUint16(6, this.logical);
    return bytes;
  }
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
