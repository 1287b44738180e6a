import { InvalidOptionError } from "../errors.ts";
import { identityBytesMax, recordHeaderBytes, segmentHeaderBytes } from "./format.ts";
import type { Replay } from "./scan.ts";

/** What a journal is told when it is opened. */
export interface JournalOptions {
  /** Folder of the journal's files, which has no others. Made when it is not there. */
  readonly folder: string;
  /**
   * Called with every record that survived, oldest first, while the journal opens. The record is a view of a buffer
   * of about a mebibyte that is never written again: it may be kept, and keeps that buffer. All that was replayed
   * is void when `openJournal` rejects. An error it throws ends the opening with that error.
   */
  readonly replay: Replay;
  /**
   * Records are replayed from one buffer, which the next ones overwrite: whoever wants to keep one copies it. Spares a
   * long journal's opening as much memory as the journal has bytes. Default: false.
   */
  readonly replayReuses?: boolean | undefined;
  /**
   * Whose journal this is, for instance `cluster/node`. A journal of another identity is refused. At most 128 bytes
   * of UTF-8. Default: `""`.
   */
  readonly identity?: string | undefined;
  /** Size of a segment file, a multiple of 4096 from 8192 to 2^28. Default: 16 MiB. */
  readonly segmentBytes?: number | undefined;
  /** Longest record. Default: a quarter of a segment. At most what an empty segment can hold. */
  readonly recordBytesMax?: number | undefined;
  /** Appends are refused while more bytes than this wait to be written. Default: 64 MiB. */
  readonly pendingBytesMax?: number | undefined;
}

/** Options with every default filled in. */
export interface JournalSettings {
  readonly folder: string;
  readonly replay: Replay;
  readonly replayReuses: boolean;
  readonly identity: string;
  readonly segmentBytes: number;
  readonly recordBytesMax: number;
  readonly pendingBytesMax: number;
}

export function journalSettings(options: JournalOptions): JournalSettings {
  const { folder, replay, identity = "", segmentBytes = 2 ** 24, pendingBytesMax = 2 ** 26 } = options;
  const { replayReuses = false, recordBytesMax = Math.floor(segmentBytes / 4) } = options;
  // Behind the record there must be room for a mark.
  const capacity = segmentBytes - segmentHeaderBytes - 2 * recordHeaderBytes;
  demand("segmentBytes", segmentBytes, 8192, 2 ** 28);
  if (segmentBytes % 4096 !== 0)
    throw new InvalidOptionError(`segmentBytes must be a multiple of 4096, not ${segmentBytes}`);
  demand("recordBytesMax", recordBytesMax, 1, capacity);
  demand("pendingBytesMax", pendingBytesMax, 1, 2 ** 31 - 1);
  const identityBytes = new TextEncoder().encode(identity).length;
  demand("identity's length in bytes", identityBytes, 0, identityBytesMax);
  return { folder, replay, replayReuses, identity, segmentBytes, recordBytesMax, pendingBytesMax };
}

function demand(name: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new InvalidOptionError(`${name} must be an integer from ${min} to ${max}, not ${value}`);
}
