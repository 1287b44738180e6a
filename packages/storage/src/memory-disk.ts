import type { Disk, DiskFile } from "./disk.ts";
import { DiskError, FileNotFoundError } from "./errors.ts";
import { checkPath, inside, parentOf } from "./path.ts";

/** Contents that open files share with the disk; `bytes` has room beyond `length`. */
interface Contents {
  bytes: Uint8Array;
  length: number;
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #contents: Contents;
  #closed = false;

  constructor(path: string, contents: Contents) {
    this.path = path;
    this.#contents = contents;
  }

  async size(): Promise<number> {
    return this.#open().length;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const { bytes, length: end } = this.#open();
    return bytes.slice(Math.min(position, end), Math.min(position + length, end));
  }

  async write(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    const contents = this.#open();
    let at = position;
    for (const chunk of chunks) {
      grow(contents, at + chunk.length);
      contents.bytes.set(chunk, at);
      at += chunk.length;
    }
  }

  async truncate(length: number): Promise<void> {
    const contents = this.#open();
    contents.bytes.fill(0, length, contents.length);
    contents.length = Math.min(contents.length, length);
    grow(contents, length);
  }

  async sync(): Promise<void> {
    this.#open();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(): Contents {
    if (this.#closed) throw new DiskError(`${this.path} is closed`);
    return this.#contents;
  }
}

function grow(contents: Contents, length: number): void {
  if (length > contents.bytes.length) {
    const bytes = new Uint8Array(Math.max(length, contents.bytes.length * 2));
    bytes.set(contents.bytes.subarray(0, contents.length));
    contents.bytes = bytes;
  }
  contents.length = Math.max(contents.length, length);
}

class MemoryDisk implements Disk {
  readonly #files = new Map<string, Contents>();
  readonly #folders = new Set<string>([""]);

  async open(path: string, { create = false } = {}): Promise<DiskFile> {
    let contents = this.#files.get(checkPath(path));
    if (!contents) {
      if (this.#folders.has(path)) throw new DiskError(`${path} is a folder`);
      if (!create || !this.#folders.has(parentOf(path)))
        throw new FileNotFoundError(`${path} does not exist, or its folder does not`);
      contents = { bytes: new Uint8Array(), length: 0 };
      this.#files.set(path, contents);
    }
    return new MemoryFile(path, contents);
  }

  async list(folder: string): Promise<readonly string[]> {
    checkPath(folder);
    const within = (path: string): boolean => path !== "" && parentOf(path) === folder;
    const paths = [...this.#files.keys(), ...this.#folders].filter(within);
    return paths.map((path) => path.slice(folder === "" ? 0 : folder.length + 1)).sort();
  }

  async createFolder(folder: string): Promise<void> {
    let path = "";
    for (const name of checkPath(folder).split("/").filter(Boolean)) {
      path = inside(path, name);
      if (this.#files.has(path)) throw new DiskError(`${path} is a file`);
      this.#folders.add(path);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    checkPath(to);
    const contents = this.#files.get(checkPath(from));
    if (!contents || !this.#folders.has(parentOf(to)))
      throw new FileNotFoundError(
        `${from} cannot be renamed to ${to}: the file or the folder does not exist`,
      );
    this.#files.delete(from);
    this.#files.set(to, contents);
  }

  async remove(path: string): Promise<void> {
    this.#files.delete(checkPath(path));
  }

  async syncFolder(folder: string): Promise<void> {
    if (!this.#folders.has(checkPath(folder))) throw new FileNotFoundError(`${folder} does not exist`);
  }
}

/**
 * A disk that lives as long as its object: for tests, and for nodes that may forget. Everything takes effect at
 * once and nothing ever fails for lack of room.
 */
export function memoryDisk(): Disk {
  return new MemoryDisk();
}
