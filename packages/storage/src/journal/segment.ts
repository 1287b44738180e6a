import type { Disk } from "../disk.ts";
import { JournalCorruptError, JournalMismatchError } from "../errors.ts";
import { inside } from "../path.ts";
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  type SegmentHeader,
  segmentHeaderBytes,
} from "./format.ts";

/** One file of the journal. */
export interface Segment {
  readonly path: string;
  /** Position of the file's first byte. */
  readonly base: number;
  readonly bytes: number;
}

/** The position behind the last byte of a segment, which is where the next segment begins. */
export function endOf(segment: Segment): number {
  return segment.base + segment.bytes;
}

const suffix = ".journal";
/** A segment in the making has this name, in each folder at most one. */
const draftName = "next.draft";
/** Zeros are written in pieces, so that syncs of live records get their turn on the disk between them. */
const fillBytes = 512 * 1024;

function segmentName(base: number): string {
  return `${String(base).padStart(16, "0")}${suffix}`;
}

/**
 * Makes an empty segment, full of zeros, so that a record written into it later changes neither the file's size nor
 * its map of blocks: syncing such a write is about a third cheaper than syncing an append. The file gets its name
 * only when it is complete and durable: a crash leaves a draft, which the next open removes.
 */
export async function createSegment(disk: Disk, folder: string, header: SegmentHeader): Promise<Segment> {
  if (!Number.isSafeInteger(header.base + header.bytes))
    throw new RangeError(`position ${header.base} is too large: start a new journal`);
  const draft = inside(folder, draftName);
  const path = inside(folder, segmentName(header.base));
  try {
    await using file = await disk.open(draft, { create: true });
    await file.truncate(0);
    const zeros = new Uint8Array(Math.min(fillBytes, header.bytes));
    for (let at = 0; at < header.bytes; at += zeros.length)
      await file.write(at, [zeros.subarray(0, header.bytes - at)]);
    await file.write(0, [encodeSegmentHeader(header)]);
    await file.sync();
  } catch (error) {
    // A full disk must get its bytes back. Whether that works or not, the first error is the one to tell.
    await disk.remove(draft).catch(() => {});
    throw error;
  }
  await disk.rename(draft, path);
  await disk.syncFolder(folder);
  return { path, base: header.base, bytes: header.bytes };
}

/** The journal's segments, oldest first, with what an interrupted creation left removed. */
export async function findSegments(disk: Disk, folder: string, identity: string): Promise<Segment[]> {
  await disk.createFolder(folder);
  const names = await disk.list(folder);
  if (names.includes(draftName)) await disk.remove(inside(folder, draftName));
  // A name given just before the last crash may not be durable yet, and records are about to rely on it.
  await disk.syncFolder(folder);
  const segments: Segment[] = [];
  for (const name of names.filter((name) => name.endsWith(suffix)))
    segments.push(await inspectSegment(disk, inside(folder, name), identity));
  for (const [i, segment] of segments.entries()) {
    const before = segments[i - 1];
    if (before && endOf(before) !== segment.base)
      throw new JournalCorruptError(segment.path, 0, `the segment at position ${endOf(before)} is missing`);
  }
  return segments;
}

async function inspectSegment(disk: Disk, path: string, identity: string): Promise<Segment> {
  await using file = await disk.open(path);
  const header = decodeSegmentHeader(await file.read(0, segmentHeaderBytes), path);
  if (!header) throw new JournalCorruptError(path, 0, "the header is damaged");
  if (header.identity !== identity)
    throw new JournalMismatchError(`${path} belongs to "${header.identity}", not to "${identity}"`);
  if (!path.endsWith(segmentName(header.base)))
    throw new JournalCorruptError(path, 0, `the file was renamed, it was ${segmentName(header.base)}`);
  const size = await file.size();
  if (size !== header.bytes)
    throw new JournalCorruptError(
      path,
      Math.min(size, header.bytes),
      `${size} bytes instead of ${header.bytes}`,
    );
  return { path, base: header.base, bytes: header.bytes };
}
