/** A call on a disk failed. The message names the call and the file; `cause` is the system's own error. */
export class DiskError extends Error {
  readonly code: string = "DISK_FAILED";
  override readonly name: string = "DiskError";
}

/** There is no room left. Nothing that was durable is harmed; make room and try again. */
export class DiskFullError extends DiskError {
  override readonly code: string = "DISK_FULL";
  override readonly name: string = "DiskFullError";
}

/** The file, or the folder it should be in, does not exist. */
export class FileNotFoundError extends DiskError {
  override readonly code: string = "FILE_NOT_FOUND";
  override readonly name: string = "FileNotFoundError";
}

/**
 * Whether an error says that a disk is full. Asked of the code, not of the class: a disk may come from another copy
 * of this package.
 */
export function isDiskFull(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "DISK_FULL";
}

/** Whether an error says that a file does not exist, by its code. */
export function isFileNotFound(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "FILE_NOT_FOUND";
}

/** A path that a disk refuses: absolute, empty, or with `.`, `..`, `\` or a zero byte in it. */
export class InvalidPathError extends Error {
  readonly code = "INVALID_PATH";
  override readonly name = "InvalidPathError";

  constructor(path: string) {
    super(`path ${JSON.stringify(path)} is refused: give names joined by "/", relative to the disk's root`);
  }
}

/** An option that cannot be: the message names it, what it was and what it may be. */
export class InvalidOptionError extends Error {
  readonly code = "INVALID_OPTION";
  override readonly name = "InvalidOptionError";
}

/**
 * Bytes that were durable have changed, or a file that belongs to the journal is missing. Nothing was altered;
 * the node must not start from this journal: restore it from a backup or from the node's peers.
 */
export class JournalCorruptError extends Error {
  readonly code = "JOURNAL_CORRUPT";
  override readonly name = "JournalCorruptError";
  /** Path of the segment file, as the disk knows it. */
  readonly file: string;
  /** Where in the file, in bytes, the first bad byte may be. */
  readonly offset: number;

  constructor(file: string, offset: number, what: string) {
    super(`journal is corrupt: ${file} at byte ${offset}: ${what}`);
    this.file = file;
    this.offset = offset;
  }
}

/** The journal in this folder was written for another identity, or by a version of the format unknown here. */
export class JournalMismatchError extends Error {
  readonly code = "JOURNAL_MISMATCH";
  override readonly name = "JournalMismatchError";
}

/**
 * A write or a sync failed, so it is unknown what the disk holds. Final: every append is rejected with this error
 * from now on, and nothing is tried again. Stop the node; opening the journal anew finds out what survived.
 */
export class JournalFailedError extends Error {
  readonly code = "JOURNAL_FAILED";
  override readonly name = "JournalFailedError";
}

/**
 * The disk has no room for another segment. The rejected records were not written, or only a leading part of an
 * append was. The journal stays usable: make room (`trim`) and append again.
 */
export class JournalFullError extends Error {
  readonly code = "JOURNAL_FULL";
  override readonly name = "JournalFullError";
}

/** More bytes wait to be written than `pendingBytesMax`. Nothing of this append was taken: await earlier ones. */
export class JournalOverloadedError extends Error {
  readonly code = "JOURNAL_OVERLOADED";
  override readonly name = "JournalOverloadedError";
}

/** A record above `recordBytesMax`. Nothing of this append was taken. */
export class RecordTooLargeError extends Error {
  readonly code = "RECORD_TOO_LARGE";
  override readonly name = "RecordTooLargeError";
}

/** The journal was disposed of before this call. */
export class JournalClosedError extends Error {
  readonly code = "JOURNAL_CLOSED";
  override readonly name = "JournalClosedError";

  constructor() {
    super("the journal is closed: open it again to append");
  }
}

/**
 * A snapshot does not hold what was committed. An older one may be good: `latest({ before })` gives it, and it is
 * for the caller to say whether the log still reaches back that far.
 */
export class SnapshotCorruptError extends Error {
  readonly code = "SNAPSHOT_CORRUPT";
  override readonly name = "SnapshotCorruptError";
  readonly file: string;
  /** Where in the file, in bytes, the damaged part begins. */
  readonly offset: number;
  /** Number of the damaged snapshot. */
  readonly sequence: number;

  constructor(file: string, sequence: number, offset: number, what: string) {
    super(`snapshot ${sequence} is corrupt: ${file} at byte ${offset}: ${what}`);
    this.file = file;
    this.sequence = sequence;
    this.offset = offset;
  }
}

/** A snapshot was asked for in a way that its state does not allow; the message says which. */
export class SnapshotStateError extends Error {
  readonly code = "SNAPSHOT_STATE";
  override readonly name = "SnapshotStateError";
}

/** The file does not hold what was written. Restore it, or remove it if the node may start without it. */
export class AtomicFileCorruptError extends Error {
  readonly code = "ATOMIC_FILE_CORRUPT";
  override readonly name = "AtomicFileCorruptError";
  readonly file: string;

  constructor(file: string, what: string) {
    super(`${file} is corrupt: ${what}`);
    this.file = file;
  }
}

/** A replacement failed, so it is unknown which value survives a crash. Final until the file is opened again. */
export class AtomicFileFailedError extends Error {
  readonly code = "ATOMIC_FILE_FAILED";
  override readonly name = "AtomicFileFailedError";
}
