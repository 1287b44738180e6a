import type { Disk } from "../disk.ts";
import { GroupCommitter } from "./committer.ts";
import { identityHash } from "./format.ts";
import { type JournalOptions, journalSettings } from "./options.ts";
import type { Excerpt } from "./read.ts";
import { recover } from "./recovery.ts";
import { createSegment, findSegments, type Segment } from "./segment.ts";

/**
 * A write-ahead log of opaque records. What `append` has resolved for survives a crash of the process, of the
 * system and of the power, on a disk that keeps what it has synced.
 *
 * Appends made while the disk is busy are written and synced together (group commit), so throughput grows with the
 * number of appends under way. One journal may serve many protocols: records are bytes, and their order is one.
 */
export interface Journal extends AsyncDisposable {
  /** Position of the oldest byte kept. */
  readonly start: number;
  /** All records before this position are durable. */
  readonly end: number;
  /** Bytes that wait to be written, for back-pressure. */
  readonly pendingBytes: number;
  /**
   * Adds records behind all earlier ones, in this order. Resolves, in the order of the calls, with the position of
   * the first record once all are durable. A crash may keep a leading part of an append that has not resolved,
   * never a later record without an earlier one. An append without records waits for those before it. Contents are
   * copied: the caller may reuse its buffers at once. It cannot be called off.
   *
   * Rejects with `RecordTooLargeError`, `JournalOverloadedError`, `JournalClosedError` (nothing taken),
   * `JournalFullError` (make room and append again), `JournalFailedError` (final: stop the node).
   */
  append(records: readonly Uint8Array[]): Promise<number>;
  /**
   * Reads records back: those that begin at `position`, where an append or an earlier excerpt said that one does, and
   * behind it. At least one, then as many as fit in `bytesMax`; none when everything durable has been read;
   * `undefined` when the position has been trimmed. Each record is verified. Does not wait for writes, nor they for it.
   *
   * Rejects with `JournalCorruptError` when durable bytes have changed, `JournalClosedError`, and `DiskError`.
   */
  read(position: number, bytesMax: number): Promise<Excerpt | undefined>;
  /**
   * Gives back the room of segments that lie wholly before `position`: whoever needs an older record must have
   * appended it again, and awaited that, before. Durable when it resolves. The segment in use always stays.
   * Rejects with `InvalidOptionError` when this is no position, and with `DiskError`, after which the segments may
   * be there or not.
   */
  trim(position: number): Promise<void>;
  /** Counters and gauges: appends, records, bytes, syncs, segments, pendingBytes. */
  metrics(): Readonly<Record<string, number>>;
  /** Waits for appends under way, then closes the files. Later appends reject. Calling it twice is harmless. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the journal in a folder, or makes an empty one; replays every record to `options.replay` first. One opener
 * at a time is the caller's duty: two at once, in one process or in two, destroy the journal.
 *
 * Rejects with `JournalCorruptError` when durable bytes have changed, `JournalMismatchError` when the journal is of
 * another identity or format, `InvalidOptionError`, and `DiskError` when the disk fails. Reads each segment once:
 * time is linear in the size of what is kept, memory is constant.
 */
export async function openJournal(disk: Disk, options: JournalOptions): Promise<Journal> {
  const settings = journalSettings(options);
  const { folder, identity, segmentBytes: bytes, replay, replayReuses } = settings;
  const found = await findSegments(disk, folder, identity);
  const first = found[0] ?? (await createSegment(disk, folder, { base: 0, bytes, identity }));
  const segments: [Segment, ...Segment[]] = [first, ...found.slice(1)];
  const tail = await recover(disk, segments, identityHash(identity), replay, replayReuses);
  return new GroupCommitter(disk, settings, tail, await disk.open(tail.segment.path));
}
