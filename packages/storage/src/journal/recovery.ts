import type { Disk, DiskFile } from "../disk.ts";
import { JournalCorruptError } from "../errors.ts";
import { parentOf } from "../path.ts";
import { type RecordHeader, segmentHeaderBytes } from "./format.ts";
import { endOfData, findWitness, type Replay, type Run, readBytes, readFirst, scanRun } from "./scan.ts";
import type { Segment } from "./segment.ts";

/** Memory that cutting the tail takes. */
const pieceBytes = 1024 * 1024;

// How a torn tail is told from damage.
//
// The journal has one write in flight at most, and writes the next only when the last is durable. So a crash can
// leave incomplete only what stands behind the last durable byte; any part of that may be there, in any order. And
// every record carries the position D up to which the journal was durable when the record was written.
//
// Say no good record begins at position X. If some good record anywhere behind X has D > X, the bytes at X were
// durable once and have changed since: damage, and the journal must not be used. If there is none, nothing shows
// that the bytes at X were ever durable. They are the tail, complete or torn, and are cut off.
//
// An idle journal writes a *mark*, a record that has only a D, behind the last durable byte, and does not wait for
// it. It makes the rule cover the last records too: a process that is killed leaves its writes to the system, the
// mark among them. Only when the power fails before the mark has reached the disk, and a bit of the very last write
// rots as well, can damage look like a tail.

/** Where the journal ends. */
export interface Tail {
  /** The segment that takes the next record. */
  readonly segment: Segment;
  /** Offset in its file for the next record. */
  readonly offset: number;
  /** Whether the last record is a mark. */
  readonly marked: boolean;
  /** The segments that hold records, oldest first; `segment` is the last. */
  readonly used: readonly Segment[];
}

/**
 * Replays all records and makes the end of the journal fit to append to. Every step may be interrupted by a crash
 * and done again: bytes that count are only ever written with what they hold, all others only with zeros.
 */
export async function recover(
  disk: Disk,
  segments: readonly [Segment, ...Segment[]],
  identity: number,
  replay: Replay,
  reuses = false,
): Promise<Tail> {
  const buffer = reuses ? new Uint8Array(readBytes) : undefined;
  let last = 0;
  let run = await scan(disk, segments[0], identity, replay, buffer);
  for (let next = segments[1]; next; next = segments[last + 1]) {
    const first = await firstRecord(disk, next, identity);
    if (!first) break;
    refuseDamage(segments[last]!, run.end, next, first.durable, `the first record of ${next.path}`);
    await clearTornMark(disk, segments[last]!, run.end);
    last++;
    run = await scan(disk, next, identity, replay, buffer);
  }
  const segment = segments[last]!;
  const behind = segments.slice(last + 1);
  for (const next of behind) await judge(disk, segment, run.end, next, segmentHeaderBytes, identity);
  const dataEnd = await judge(disk, segment, run.end, segment, run.end, identity);
  await secure(disk, segment, run, dataEnd);
  await removeAll(disk, behind.reverse());
  return { segment, offset: run.end, marked: run.marked, used: segments.slice(0, last + 1) };
}

async function scan(
  disk: Disk,
  segment: Segment,
  identity: number,
  replay: Replay,
  buffer: Uint8Array | undefined,
): Promise<Run> {
  await using file = await disk.open(segment.path);
  return await scanRun(segment, file, identity, replay, buffer);
}

async function firstRecord(
  disk: Disk,
  segment: Segment,
  identity: number,
): Promise<RecordHeader | undefined> {
  await using file = await disk.open(segment.path);
  return await readFirst(segment, file, identity);
}

/**
 * Looks in `where`, from offset `from` on, for a record that shows the end of the last segment to be damage.
 * Returns where the data of `where` ends: everything between must be the rest of a torn write.
 */
async function judge(
  disk: Disk,
  last: Segment,
  end: number,
  where: Segment,
  from: number,
  identity: number,
): Promise<number> {
  await using file = await disk.open(where.path);
  const dataEnd = await endOfData(where, file, from);
  const witness = await findWitness(where, file, identity, from, dataEnd, last.base + end);
  const name = witness && `the record at byte ${witness.offset} of ${where.path}`;
  if (witness) refuseDamage(last, end, where, witness.durable, name!);
  return dataEnd;
}

/** Throws when `durable`, the word of a witness in `where`, lies behind the end of the good records. */
function refuseDamage(last: Segment, end: number, where: Segment, durable: number, witness: string): void {
  if (durable <= last.base + end) return;
  // When even the beginning of a later segment was durable, it is there that a record is missing for certain.
  const later = where !== last && durable > where.base + segmentHeaderBytes;
  throw new JournalCorruptError(
    later ? where.path : last.path,
    later ? segmentHeaderBytes : end,
    `no good record begins here, but ${witness} proves that all up to position ${durable} was durable`,
  );
}

/**
 * A mark at the end of a segment is not synced before the next segment is written, so the power may have failed while it
 * was. Whoever reads records back would take what is left of it for damage.
 */
async function clearTornMark(disk: Disk, segment: Segment, end: number): Promise<void> {
  await using file = await disk.open(segment.path);
  const dataEnd = await endOfData(segment, file, end);
  if (dataEnd === end) return;
  await clear(file, end, dataEnd);
  await file.sync();
}

async function clear(file: DiskFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += pieceBytes)
    await file.write(at, [new Uint8Array(Math.min(pieceBytes, to - at))]);
}

/**
 * Writes the last records anew and zeros behind them, and syncs. The last records may be in the system's memory
 * only, and if a sync of them has failed before, the system believes them clean: a sync without a write would then
 * do nothing. Zeros must replace what a torn write left, or its records could be read as followers of new ones.
 */
async function secure(disk: Disk, segment: Segment, run: Run, dataEnd: number): Promise<void> {
  await using file = await disk.open(segment.path);
  const proven = Math.max(segmentHeaderBytes, run.durable - segment.base);
  for (let at = proven; at < run.end; at += pieceBytes)
    await file.write(at, [await file.read(at, Math.min(pieceBytes, run.end - at))]);
  await clear(file, run.end, dataEnd);
  if (proven < dataEnd) await file.sync();
}

/** Removes segments that were only prepared, or hold the torn rest of a write. */
async function removeAll(disk: Disk, segments: readonly Segment[]): Promise<void> {
  for (const { path } of segments) {
    await disk.remove(path);
    // One at a time: a gap between segments would look like a lost one.
    await disk.syncFolder(parentOf(path));
  }
}
