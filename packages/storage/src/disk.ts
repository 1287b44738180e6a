/**
 * A folder of files, as journals and snapshot stores see it. Paths are relative to the disk's root, with `/`
 * between names; `..` and absolute paths are refused. Implementations: the real file system, memory, and the
 * faulty disk of a simulation, so that the same journal code runs on all three.
 *
 * Durability: bytes written are durable once `DiskFile.sync` has resolved; a name created, renamed or removed is
 * durable once `syncFolder` of its folder has resolved. Before that a crash may lose or tear them.
 */
export interface Disk {
  /** Opens a file for reading and writing. With `create`, makes it when it is not there. */
  open(path: string, options?: { readonly create?: boolean }): Promise<DiskFile>;
  /** Names in a folder, sorted; empty when the folder does not exist. */
  list(folder: string): Promise<readonly string[]>;
  /** Makes a folder and its parents; nothing happens when it exists. Durable when it resolves. */
  createFolder(folder: string): Promise<void>;
  /** Replaces `to` when it exists. Atomic; durable once the folder is synced. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; nothing happens when there is none. Durable once the folder is synced. */
  remove(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(folder: string): Promise<void>;
}

/** An open file. Calls made without waiting for each other take effect in the order they were made. */
export interface DiskFile extends AsyncDisposable {
  readonly path: string;
  /** Bytes in the file. */
  size(): Promise<number>;
  /**
   * Reads up to `length` bytes at `position`; fewer only at the end of the file. `into` is a buffer of at least that
   * length that may be used instead of a new one: what is returned may then be a view of it.
   */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Writes all chunks, one after the other, starting at `position`; grows the file when needed. */
  write(position: number, chunks: readonly Uint8Array[]): Promise<void>;
  /** Cuts or grows (with zeros) the file to `length` bytes. */
  truncate(length: number): Promise<void>;
  /** Makes everything written so far durable (fdatasync). A rejection is final: the data may be lost. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
