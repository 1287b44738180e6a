import { crc32 } from "node:zlib";
import { JournalMismatchError } from "../errors.ts";
import { checksum } from "./checksum.ts";

// All numbers are little-endian. A *position* counts bytes from the beginning of the journal's life: the position
// of its segment plus the offset in the file. Positions are never used twice.

/** The header has a page of its own, so that no later write of a record touches its sectors. */
export const segmentHeaderBytes = 4096;
/** checksum (4), length and kind (4), distance back to what was durable (4) */
export const recordHeaderBytes = 12;
/** Longest identity, in bytes of UTF-8. */
export const identityBytesMax = 128;

const magic = 0x6c6e726a; // "jrnl"
const version = 1;

/** Kinds of records. Zero is none of them: preallocated zeros are never a record. */
export const kindRecord = 1;
/** A record without content, whose only word is that everything before it is durable. */
export const kindMark = 2;

/** What a record's header says, once its checksum has been found right. */
export interface RecordHeader {
  readonly kind: number;
  readonly length: number;
  /** When this record was written, the journal was durable up to this position. */
  readonly durable: number;
}

/** Bytes a record of this length takes in a segment. Records begin at multiples of four. */
export function frameBytes(length: number): number {
  return recordHeaderBytes + ((length + 3) & ~3);
}

/**
 * Where a checksum starts from. Checksums of the same bytes differ whenever their starting values differ, so a
 * record is right only at the one position it was written for, in the one journal: what an earlier use of the
 * same disk blocks left behind cannot pass for a record.
 */
function checksumSeed(identity: number, position: number): number {
  const low = (position / 4) >>> 0;
  const high = Math.floor(position / 2 ** 34);
  return (identity ^ low ^ Math.imul(high, 0x9e3779b1)) >>> 0;
}

/** Completes the header of the record at `at`, whose length, kind and content are in place. */
export function sealRecord(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
  position: number,
  durable: number,
  identity: number,
): void {
  view.setUint32(at + 8, position - durable, true);
  const end = at + recordHeaderBytes + length;
  view.setUint32(at, checksum(bytes, at + 4, end, checksumSeed(identity, position)), true);
}

/** Writes length and kind of a record; `sealRecord` does the rest once its position is known. */
export function writeLength(view: DataView, at: number, length: number, kind: number): void {
  view.setUint32(at + 4, length * 4 + kind, true);
}

/** A whole mark, for this position. */
export function encodeMark(position: number, durable: number, identity: number): Uint8Array {
  const bytes = new Uint8Array(recordHeaderBytes);
  const view = new DataView(bytes.buffer);
  writeLength(view, 0, 0, kindMark);
  sealRecord(bytes, view, 0, 0, position, durable, identity);
  return bytes;
}

/**
 * The record that begins at `at`; `undefined` when there is none. `missing` when its header is plausible and its
 * content reaches beyond these bytes, though not beyond `room`, the bytes that are left in the segment.
 */
export function readRecord(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  position: number,
  room: number,
  identity: number,
): RecordHeader | "missing" | undefined {
  if (room < recordHeaderBytes) return undefined;
  if (at + recordHeaderBytes > bytes.length) return "missing";
  const lengthAndKind = view.getUint32(at + 4, true);
  const kind = lengthAndKind & 3;
  const length = lengthAndKind >>> 2;
  if ((kind !== kindRecord && kind !== kindMark) || length > room - recordHeaderBytes) return undefined;
  const back = view.getUint32(at + 8, true);
  if (back > position) return undefined;
  const end = at + recordHeaderBytes + length;
  if (end > bytes.length) return "missing";
  const sum = checksum(bytes, at + 4, end, checksumSeed(identity, position));
  if (sum !== view.getUint32(at, true)) return undefined;
  return { kind, length, durable: position - back };
}

/** What stands at the beginning of a segment file. */
export interface SegmentHeader {
  /** Position of the first byte of the file. */
  readonly base: number;
  /** Bytes in the file, header included. */
  readonly bytes: number;
  readonly identity: string;
}

export function identityHash(identity: string): number {
  return crc32(identity);
}

export function encodeSegmentHeader({ base, bytes, identity }: SegmentHeader): Uint8Array {
  const header = new Uint8Array(segmentHeaderBytes);
  const view = new DataView(header.buffer);
  const name = new TextEncoder().encode(identity);
  view.setUint32(0, magic, true);
  view.setUint32(4, version, true);
  view.setUint32(8, bytes, true);
  view.setUint32(12, base >>> 0, true);
  view.setUint32(16, Math.floor(base / 2 ** 32), true);
  view.setUint32(20, name.length, true);
  header.set(name, 24);
  const end = segmentHeaderBytes - 4;
  view.setUint32(end, crc32(header.subarray(0, end)), true);
  return header;
}

/** `undefined` when the bytes are no header; throws `JournalMismatchError` for a version unknown here. */
export function decodeSegmentHeader(header: Uint8Array, file: string): SegmentHeader | undefined {
  if (header.length < segmentHeaderBytes) return undefined;
  const view = new DataView(header.buffer, header.byteOffset);
  const end = segmentHeaderBytes - 4;
  if (view.getUint32(0, true) !== magic) return undefined;
  if (view.getUint32(end, true) !== crc32(header.subarray(0, end))) return undefined;
  if (view.getUint32(4, true) !== version)
    throw new JournalMismatchError(
      `${file} has version ${view.getUint32(4, true)} of the format, this program reads version ${version}`,
    );
  return {
    bytes: view.getUint32(8, true),
    base: view.getUint32(12, true) + view.getUint32(16, true) * 2 ** 32,
    identity: new TextDecoder().decode(header.subarray(24, 24 + view.getUint32(20, true))),
  };
}
