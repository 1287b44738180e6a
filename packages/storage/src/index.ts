export { type AtomicFile, openAtomicFile } from "./atomic-file.ts";
export type { Disk, DiskFile } from "./disk.ts";
export {
  AtomicFileCorruptError,
  AtomicFileFailedError,
  DiskError,
  DiskFullError,
  FileNotFoundError,
  InvalidOptionError,
  InvalidPathError,
  JournalClosedError,
  JournalCorruptError,
  JournalFailedError,
  JournalFullError,
  JournalMismatchError,
  JournalOverloadedError,
  RecordTooLargeError,
  SnapshotCorruptError,
  SnapshotStateError,
} from "./errors.ts";
export { fileDisk } from "./file-disk.ts";
export { type Journal, openJournal } from "./journal/journal.ts";
export type { JournalOptions } from "./journal/options.ts";
export type { Excerpt } from "./journal/read.ts";
export type { Replay } from "./journal/scan.ts";
export { memoryDisk } from "./memory-disk.ts";
export type { Snapshot } from "./snapshot/reader.ts";
export { openSnapshots, type SnapshotOptions, type SnapshotStore } from "./snapshot/store.ts";
export type { SnapshotWriter } from "./snapshot/writer.ts";
