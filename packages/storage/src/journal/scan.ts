import type { DiskFile } from "../disk.ts";
import { DiskError } from "../errors.ts";
import {
  frameBytes,
  kindMark,
  type RecordHeader,
  readRecord,
  recordHeaderBytes,
  segmentHeaderBytes,
} from "./format.ts";
import type { Segment } from "./segment.ts";

/** Reads are this large: few calls, constant memory, and a record of any usual size fits. */
export const readBytes: number = 1024 * 1024;

/** Called with every record, oldest first, and its position. */
export type Replay = (record: Uint8Array, position: number) => void;

/** How far a run of records reaches. */
export interface Run {
  /** Offset in the file behind the last good record. */
  readonly end: number;
  /** The latest position that a record of the run knew to be durable. */
  readonly durable: number;
  /** Whether the last record of the run is a mark. */
  readonly marked: boolean;
}

/**
 * Reads the run of good records at the beginning of a segment, into `buffer` (of `readBytes`) when there is one. The run ends where no good record follows, which is
 * the end of the file, zeros, the torn rest of a write, or damage: this function does not judge.
 */
export async function scanRun(
  segment: Segment,
  file: DiskFile,
  identity: number,
  replay: Replay,
  buffer?: Uint8Array,
): Promise<Run> {
  let at = segmentHeaderBytes;
  let durable = 0;
  let marked = false;
  let wanted = readBytes;
  while (at < segment.bytes) {
    const length = Math.min(wanted, segment.bytes - at);
    const bytes = await readExactly(file, at, length, length <= readBytes ? buffer : undefined);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let used = 0;
    let header: RecordHeader | "missing" | undefined;
    while (true) {
      const offset = at + used;
      const position = segment.base + offset;
      header = readRecord(bytes, view, used, position, segment.bytes - offset, identity);
      if (typeof header !== "object") break;
      durable = Math.max(durable, header.durable);
      marked = header.kind === kindMark;
      const content = used + recordHeaderBytes;
      if (!marked) replay(bytes.subarray(content, content + header.length), position);
      used += frameBytes(header.length);
    }
    at += used;
    if (header === undefined) break;
    // A record that is cut off even at the front of the piece needs a larger one.
    wanted = used === 0 ? segment.bytes - at : readBytes;
  }
  return { end: at, durable, marked };
}

/** What the record at the very beginning of a segment says; `undefined` when no good one is there. */
export async function readFirst(
  segment: Segment,
  file: DiskFile,
  identity: number,
): Promise<RecordHeader | undefined> {
  const room = segment.bytes - segmentHeaderBytes;
  for (let wanted = Math.min(readBytes, room); ; wanted = room) {
    const bytes = await readExactly(file, segmentHeaderBytes, wanted);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const header = readRecord(bytes, view, 0, segment.base + segmentHeaderBytes, room, identity);
    if (header !== "missing") return header;
  }
}

/** The offset behind which a segment holds nothing but zeros, to within a piece; `from` when it does from there on. */
export async function endOfData(segment: Segment, file: DiskFile, from: number): Promise<number> {
  const zeros = new Uint8Array(readBytes);
  let end = from;
  for (let at = from; at < segment.bytes; at += readBytes) {
    const bytes = await readExactly(file, at, Math.min(readBytes, segment.bytes - at));
    if (Buffer.compare(bytes, zeros.subarray(0, bytes.length)) !== 0) end = at + bytes.length;
  }
  return end;
}

/**
 * The first good record from offset `from` on, wherever it begins, that knew more than `durable` to be durable.
 * From offset `to` on the segment holds zeros, which may belong to a record: they are supplied, not read.
 */
export async function findWitness(
  segment: Segment,
  file: DiskFile,
  identity: number,
  from: number,
  to: number,
  durable: number,
): Promise<{ readonly offset: number; readonly durable: number } | undefined> {
  if (from >= to) return undefined;
  const bytes = new Uint8Array(segment.bytes - from);
  bytes.set(await readExactly(file, from, to - from));
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + recordHeaderBytes <= bytes.length && from + at < to; at += 4) {
    if (view.getUint32(at + 4, true) === 0) continue;
    const offset = from + at;
    const header = readRecord(bytes, view, at, segment.base + offset, segment.bytes - offset, identity);
    if (typeof header === "object" && header.durable > durable) return { offset, durable: header.durable };
  }
  return undefined;
}

async function readExactly(
  file: DiskFile,
  position: number,
  length: number,
  into?: Uint8Array,
): Promise<Uint8Array> {
  const bytes = await file.read(position, length, into);
  if (bytes.length < length)
    throw new DiskError(
      `${file.path} became shorter while it was read: is a second process at work in its folder?`,
    );
  return bytes;
}
