import { crc32 } from "node:zlib";
import type { Disk } from "./disk.ts";
import {
  AtomicFileCorruptError,
  AtomicFileFailedError,
  InvalidOptionError,
  isFileNotFound,
} from "./errors.ts";
import { parentOf } from "./path.ts";

/** Longest value of an atomic file, in bytes. */
const valueBytesMax = 1024 * 1024;
/** magic (4), version (4), length (4), checksum of these and the value (4); then the value */
const headerBytes = 16;
const magic = 0x6d6f7461; // "atom"
const version = 1;

/**
 * A small durable value that is replaced as a whole: a node's identity, its boot epoch. After a crash it holds the
 * old value or the new one, nothing between.
 */
export interface AtomicFile {
  /** The value that is durable; `undefined` when there never was one. */
  readonly value: Uint8Array | undefined;
  /**
   * Sets another value, at most 1 MiB; resolves once it is durable. Calls take effect in order. Rejects with
   * `InvalidOptionError` (nothing changed) or `AtomicFileFailedError` (final until opened again).
   */
  replace(value: Uint8Array): Promise<void>;
}

/**
 * Opens an atomic file, which need not exist; its folder is made when it is not there. One opener at a time is the
 * caller's duty. Rejects with `AtomicFileCorruptError` when the file does not hold what was written to it.
 */
export async function openAtomicFile(disk: Disk, path: string): Promise<AtomicFile> {
  const folder = parentOf(path);
  await disk.createFolder(folder);
  await disk.remove(draftOf(path));
  // The last process may have died between giving the file its name and making the name durable.
  await disk.syncFolder(folder);
  return new ReplacedFile(disk, path, await load(disk, path));
}

class ReplacedFile implements AtomicFile {
  readonly #disk: Disk;
  readonly #path: string;
  #value: Uint8Array | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(disk: Disk, path: string, value: Uint8Array | undefined) {
    this.#disk = disk;
    this.#path = path;
    this.#value = value;
  }

  get value(): Uint8Array | undefined {
    return this.#value;
  }

  replace(value: Uint8Array): Promise<void> {
    if (value.length > valueBytesMax)
      return Promise.reject(
        new InvalidOptionError(
          `a value of ${value.length} bytes is above ${valueBytesMax}, for ${this.#path}`,
        ),
      );
    const copy = value.slice();
    // A failure is handed on to every later call.
    this.#last = this.#last.then(() => this.#store(copy));
    return this.#last;
  }

  async #store(value: Uint8Array): Promise<void> {
    try {
      await store(this.#disk, this.#path, value);
    } catch (cause) {
      const text = `${this.#path} could not be replaced, which value survives a crash is unknown`;
      throw new AtomicFileFailedError(`${text}: ${(cause as Error).message}`, { cause });
    }
    this.#value = value;
  }
}

function draftOf(path: string): string {
  return `${path}.draft`;
}

/** Beside, synced, renamed, folder synced: at no moment is the path without a complete value. */
async function store(disk: Disk, path: string, value: Uint8Array): Promise<void> {
  {
    await using file = await disk.open(draftOf(path), { create: true });
    await file.truncate(0);
    await file.write(0, [encode(value)]);
    await file.sync();
  }
  await disk.rename(draftOf(path), path);
  await disk.syncFolder(parentOf(path));
}

async function load(disk: Disk, path: string): Promise<Uint8Array | undefined> {
  try {
    await using file = await disk.open(path);
    const size = await file.size();
    if (size > headerBytes + valueBytesMax)
      throw new AtomicFileCorruptError(path, `${size} bytes are too many`);
    return decode(path, await file.read(0, size));
  } catch (error) {
    if (isFileNotFound(error)) return undefined;
    throw error;
  }
}

function encode(value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + value.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, version, true);
  view.setUint32(8, value.length, true);
  view.setUint32(12, crc32(value, crc32(bytes.subarray(0, 12))), true);
  bytes.set(value, headerBytes);
  return bytes;
}

function decode(path: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length < headerBytes) throw new AtomicFileCorruptError(path, `it has only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const value = bytes.subarray(headerBytes);
  if (view.getUint32(0, true) !== magic) throw new AtomicFileCorruptError(path, "it is no atomic file");
  if (view.getUint32(8, true) !== value.length)
    throw new AtomicFileCorruptError(
      path,
      `it holds ${value.length} bytes instead of ${view.getUint32(8, true)}`,
    );
  if (crc32(value, crc32(bytes.subarray(0, 12))) !== view.getUint32(12, true))
    throw new AtomicFileCorruptError(path, "its checksum is wrong");
  if (view.getUint32(4, true) !== version)
    throw new AtomicFileCorruptError(
      path,
      `it has version ${view.getUint32(4, true)}, this program reads ${version}`,
    );
  return value;
}
