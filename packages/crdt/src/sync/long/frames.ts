import { Reader } from "../../bytes/reader.ts";
import { Writer } from "../../bytes/writer.ts";
import { CorruptBytesError } from "../../errors.ts";

/** Parts from the first missing one on that may be on their way: as many as a mask of 32 bits can tell of. */
export const WINDOW = 32;

const WHOLE = 0xd0;
const PART = 0xd1;
const HAVE = 0xd2;
const REFUSED = 0xd3;

/** Names a long message: the life of its sender, and a number that grows within that life. */
export interface TransferId {
  readonly life: number;
  readonly number: number;
}

/** One part of a long message. All parts but the last have the same size. */
export interface Part {
  readonly kind: "part";
  readonly id: TransferId;
  /** Bytes of the whole message. */
  readonly length: number;
  /** Bytes of each part but the last. */
  readonly size: number;
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** What a receiver has: everything below `base`, and of the parts from there on those whose bit is set. */
export interface Have {
  readonly kind: "have";
  readonly id: TransferId;
  readonly base: number;
  readonly mask: number;
}

export type Frame =
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | Part
  | Have
  | { readonly kind: "refused"; readonly id: TransferId };

export function sameId(a: TransferId, b: TransferId): boolean {
  return a.life === b.life && a.number === b.number;
}

export function partsOf(length: number, size: number): number {
  return Math.ceil(length / size);
}

export function encodeFrame(frame: Frame): Uint8Array {
  const writer = new Writer(frame.kind === "whole" || frame.kind === "part" ? frame.bytes.length + 40 : 40);
  if (frame.kind === "whole") {
    writer.byte(WHOLE);
    writer.raw(frame.bytes);
    return writer.bytes();
  }
  writer.byte(frame.kind === "part" ? PART : frame.kind === "have" ? HAVE : REFUSED);
  writer.uint(frame.id.life);
  writer.uint(frame.id.number);
  if (frame.kind === "part") {
    writer.uint(frame.length);
    writer.uint(frame.size);
    writer.uint(frame.index);
    writer.raw(frame.bytes);
  } else if (frame.kind === "have") {
    writer.uint(frame.base);
    writer.uint(frame.mask);
  }
  return writer.bytes();
}

/** Throws CorruptBytesError for what no sender writes. The bytes of a frame are views. */
export function decodeFrame(message: Uint8Array): Frame {
  const reader = new Reader(message);
  const kind = reader.byte();
  if (kind === WHOLE) return { kind: "whole", bytes: reader.raw(reader.left) };
  if (kind !== PART && kind !== HAVE && kind !== REFUSED)
    throw new CorruptBytesError("they are not a message of this kind");
  const id = { life: reader.uint(), number: reader.uint() };
  if (kind === PART) {
    const [length, size, index] = [reader.uint(), reader.uint(), reader.uint()];
    const bytes = reader.raw(reader.left);
    const from = size * index;
    if (size === 0 || from >= length || bytes.length !== Math.min(size, length - from))
      throw new CorruptBytesError("a part does not have the size that it should have");
    return { kind: "part", id, length, size, index, bytes };
  }
  if (kind === REFUSED) {
    reader.finish();
    return { kind: "refused", id };
  }
  const [base, mask] = [reader.uint(), reader.uint()];
  reader.finish();
  if (mask > 0xffffffff) throw new CorruptBytesError("a number is out of range");
  return { kind: "have", id, base, mask };
}
