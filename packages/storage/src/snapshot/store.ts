import type { Disk } from "../disk.ts";
import { InvalidOptionError, SnapshotStateError } from "../errors.ts";
import { inside } from "../path.ts";
import { metadataBytesMax } from "./format.ts";
import { readBody, readSnapshot, type Snapshot } from "./reader.ts";
import { FrameWriter, type SnapshotWriter } from "./writer.ts";

export interface SnapshotOptions {
  /** Folder of the snapshots, which has no other files. Made when it is not there. */
  readonly folder: string;
  /** How many committed snapshots to keep, 1 to 1000. Default: 2. */
  readonly keep?: number | undefined;
}

/** The snapshots of one state, numbered in the order they were begun. Holds no resource between calls. */
export interface SnapshotStore {
  /** Numbers of the committed snapshots, newest first. */
  readonly sequences: readonly number[];
  /**
   * The newest snapshot, without its body; `undefined` when there is none. Rejects with `SnapshotCorruptError` when
   * that one's header is damaged: older ones are never taken in silence. A caller who can live with an older state
   * asks for it: `latest({ before: error.sequence })`.
   */
  latest(options?: { readonly before?: number }): Promise<Snapshot | undefined>;
  /**
   * The body in pieces of at most 256 KiB, each verified before it is given out. Ends with `SnapshotCorruptError`
   * where the file is damaged or cut off: whoever has taken pieces of it must forget them.
   */
  read(snapshot: Snapshot): AsyncIterable<Uint8Array>;
  /**
   * Begins another snapshot. `metadata` (at most 64 KiB: index, term, configuration) can be read without the body.
   * Rejects with `SnapshotStateError` while one is being written, and with `InvalidOptionError`.
   */
  begin(metadata: Uint8Array): Promise<SnapshotWriter>;
  /** Removes all committed snapshots, for whoever has their state elsewhere by now. Durable when it resolves. */
  clear(): Promise<void>;
}

const suffix = ".snapshot";
const draftSuffix = ".draft";

/**
 * Opens the snapshots in a folder and removes what interrupted writers left. One opener at a time is the caller's
 * duty.
 */
export async function openSnapshots(disk: Disk, options: SnapshotOptions): Promise<SnapshotStore> {
  const { folder, keep = 2 } = options;
  if (!Number.isInteger(keep) || keep < 1 || keep > 1000)
    throw new InvalidOptionError(`keep must be an integer from 1 to 1000, not ${keep}`);
  await disk.createFolder(folder);
  const names = await disk.list(folder);
  for (const draft of names.filter((name) => name.endsWith(draftSuffix)))
    await disk.remove(inside(folder, draft));
  // The last process may have died between giving a snapshot its name and making the name durable.
  await disk.syncFolder(folder);
  const numbers = names.map(sequenceOf).filter((sequence) => sequence !== undefined);
  return new FolderOfSnapshots(
    disk,
    folder,
    keep,
    numbers.sort((a, b) => b - a),
  );
}

class FolderOfSnapshots implements SnapshotStore {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #keep: number;
  #sequences: readonly number[];
  #next: number;
  #writing = false;

  constructor(disk: Disk, folder: string, keep: number, sequences: readonly number[]) {
    this.#disk = disk;
    this.#folder = folder;
    this.#keep = keep;
    this.#sequences = sequences;
    this.#next = (sequences[0] ?? 0) + 1;
  }

  get sequences(): readonly number[] {
    return this.#sequences;
  }

  async latest({ before = Number.POSITIVE_INFINITY } = {}): Promise<Snapshot | undefined> {
    const sequence = this.#sequences.find((number) => number < before);
    if (sequence === undefined) return undefined;
    return await readSnapshot(this.#disk, this.#path(sequence), sequence);
  }

  read({ sequence }: Snapshot): AsyncIterable<Uint8Array> {
    return readBody(this.#disk, this.#path(sequence), sequence);
  }

  async begin(metadata: Uint8Array): Promise<SnapshotWriter> {
    if (metadata.length > metadataBytesMax)
      throw new InvalidOptionError(`metadata of ${metadata.length} bytes is above ${metadataBytesMax}`);
    if (this.#writing)
      throw new SnapshotStateError(
        `a snapshot is being written to ${this.#folder}: commit or abort it before another is begun`,
      );
    this.#writing = true;
    const sequence = this.#next++;
    const draft = `${this.#path(sequence)}${draftSuffix}`;
    const release = (): void => {
      this.#writing = false;
    };
    const destination = { sequence, draft, publish: () => this.#publish(draft, sequence), release };
    try {
      return await FrameWriter.begin(this.#disk, destination, metadata);
    } catch (error) {
      release();
      throw error;
    }
  }

  async #publish(draft: string, sequence: number): Promise<void> {
    await this.#disk.rename(draft, this.#path(sequence));
    await this.#disk.syncFolder(this.#folder);
    this.#sequences = [sequence, ...this.#sequences];
    await this.#prune();
  }

  clear(): Promise<void> {
    return this.#keepOnly(0);
  }

  /** Only now that a newer one is durable may older ones go. */
  #prune(): Promise<void> {
    return this.#keepOnly(this.#keep);
  }

  async #keepOnly(count: number): Promise<void> {
    const old = this.#sequences.slice(count);
    if (old.length === 0) return;
    this.#sequences = this.#sequences.slice(0, count);
    // The oldest first: a crash in between must not make one of them the newest.
    for (const sequence of old.reverse()) await this.#disk.remove(this.#path(sequence));
    await this.#disk.syncFolder(this.#folder);
  }

  #path(sequence: number): string {
    return inside(this.#folder, `${String(sequence).padStart(16, "0")}${suffix}`);
  }
}

function sequenceOf(name: string): number | undefined {
  const digits = /^(\d{16})\.snapshot$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
