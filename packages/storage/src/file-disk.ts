import { constants, fdatasync, writeSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Disk, DiskFile } from "./disk.ts";
import { DiskError, DiskFullError, FileNotFoundError, InvalidPathError } from "./errors.ts";
import { checkPath } from "./path.ts";

/**
 * Writes up to this size are made on the calling thread: they only copy into the page cache, in less time than a
 * trip to the thread pool takes. Larger ones could stall the event loop. Syncs never run on the calling thread.
 */
const inlineBytesMax = 128 * 1024;

/**
 * A sync leaves at the end of the turn of the event loop. To wake a thread of the pool may cost this one the processor
 * for longer than the rest of the turn takes, and whoever writes to a disk mostly has messages to send beside it.
 */
function dataSync(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => fdatasync(fd, (error) => (error ? reject(error) : resolve())));
  });
}

function failure(call: string, cause: unknown): DiskError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const text = `${call} failed: ${message}`;
  if (code === "ENOSPC" || code === "EDQUOT") return new DiskFullError(text, { cause });
  if (code === "ENOENT" || code === "ENOTDIR") return new FileNotFoundError(text, { cause });
  return new DiskError(text, { cause });
}

async function attempt<T>(call: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof InvalidPathError ? error : failure(call, error);
  }
}

class RealFile implements DiskFile {
  readonly path: string;
  readonly #handle: FileHandle;
  /** Calls take effect in the order they were made: each waits for the last one. */
  #last: Promise<unknown> = Promise.resolve();
  #busy = 0;
  #closed = false;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  size(): Promise<number> {
    return this.#inOrder("size", async () => (await this.#handle.stat()).size);
  }

  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    return this.#inOrder("read", async () => {
      const bytes = into?.subarray(0, length) ?? new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled === length ? bytes : bytes.subarray(0, filled);
    });
  }

  write(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    const chunk = chunks[0];
    if (chunks.length !== 1 || !chunk || chunk.length > inlineBytesMax || this.#busy > 0 || this.#closed)
      return this.#inOrder("write", () => this.#writeAll(position, chunks));
    try {
      let written = 0;
      while (written < chunk.length)
        written += writeSync(this.#handle.fd, chunk, written, chunk.length - written, position + written);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(failure(`write to ${this.path}`, error));
    }
  }

  truncate(length: number): Promise<void> {
    return this.#inOrder("truncate", () => this.#handle.truncate(length));
  }

  sync(): Promise<void> {
    return this.#inOrder("sync", () => dataSync(this.#handle.fd));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const closing = this.#inOrder("close", () => this.#handle.close());
    this.#closed = true;
    await closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #writeAll(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    let at = position;
    for (const chunk of chunks) {
      let written = 0;
      while (written < chunk.length) {
        const rest = chunk.length - written;
        written += (await this.#handle.write(chunk, written, rest, at + written)).bytesWritten;
      }
      at += chunk.length;
    }
  }

  async #inOrder<T>(call: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new DiskError(`${call} failed: ${this.path} is closed`);
    this.#busy++;
    const result = this.#busy === 1 ? work() : this.#last.then(work);
    const settled = (): void => {
      this.#busy--;
    };
    this.#last = result.then(settled, settled);
    return attempt(`${call} of ${this.path}`, () => result);
  }
}

class RealDisk implements Disk {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  open(path: string, { create = false } = {}): Promise<DiskFile> {
    return attempt(`open of ${path}`, async () => {
      const flags = constants.O_RDWR | (create ? constants.O_CREAT : 0);
      return new RealFile(path, await open(this.#locate(path), flags, 0o644));
    });
  }

  list(folder: string): Promise<readonly string[]> {
    return attempt(`list of ${folder}`, async () => {
      try {
        return (await readdir(this.#locate(folder))).sort();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw error;
      }
    });
  }

  /** Syncs the parents of folders that exist as well: whoever made them may have died before doing so. */
  createFolder(folder: string): Promise<void> {
    return attempt(`creation of ${folder || "the root folder"}`, async () => {
      const path = this.#locate(folder);
      const first = await mkdir(path, { recursive: true });
      const top = first && first.length < this.#root.length ? first : this.#root;
      for (let made = path; made.length > top.length; made = dirname(made)) await syncFolder(dirname(made));
      if (first && first.length <= this.#root.length) await syncFolder(dirname(top));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return attempt(`rename of ${from} to ${to}`, () => rename(this.#locate(from), this.#locate(to)));
  }

  remove(path: string): Promise<void> {
    return attempt(`removal of ${path}`, async () => {
      try {
        await unlink(this.#locate(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    });
  }

  syncFolder(folder: string): Promise<void> {
    return attempt(`sync of folder ${folder}`, () => syncFolder(this.#locate(folder)));
  }

  #locate(path: string): string {
    return join(this.#root, checkPath(path));
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is the best that can be had.
  if (process.platform === "win32") return;
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The files of this machine below `root`, which is made by the first `createFolder`. Symbolic links are followed.
 * Syncs are `fdatasync` and run on the thread pool: two or more busy disks in one process may want a larger
 * `UV_THREADPOOL_SIZE`.
 */
export function fileDisk(root: string): Disk {
  return new RealDisk(resolve(root));
}
