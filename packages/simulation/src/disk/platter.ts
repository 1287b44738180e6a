/**
 * The disk of a machine: what survives its crashes.
 *
 * Fault model.
 *  - Reads, writes and syncs take time. A write is seen by reads at once, and is durable once a sync that began
 *    after it has ended.
 *  - A name that was made, replaced or removed is durable once its folder has been synced. Names that were not are
 *    kept up to some point: the changes of one folder survive a crash as a prefix, in their order, as on a
 *    journalling file system. Data and names are independent: a renamed file may come back empty.
 *  - When the process dies, nothing is lost: the operating system has what was written.
 *  - When the power fails, what was not synced has one of four fates, drawn for each file: all lost, all kept, kept
 *    up to a point, or any part kept. One write may be torn: of its 512-byte sectors, any may be old or new.
 *  - A sync may fail (`DiskError`). What it should have made durable then never becomes so by a later sync, though reads
 *    go on showing it: a program that retries a failed sync loses data (as on Linux, 2018's "fsyncgate").
 *  - A disk may be full: whatever would grow a file fails (`DiskFullError`), having written a part.
 *  - A bit of a file may flip at rest, in what is durable as in what is read.
 *  - A disk may be replaced by an empty one while its machine is down.
 * Not in it: misdirected writes, reads that fail but would work later, loss of what was synced.
 */
import type { Random } from "@coterie/host";
import { DiskError, DiskFullError } from "@coterie/storage";
import { type Delay, happens, pick } from "../time/chance.ts";
import { areZeros, SparseBytes } from "./bytes.ts";

/** How a disk behaves. */
export interface DiskModel {
  /** Time of a read, and of anything not named here. Default: 0.02 ms and 0.03 more on average. */
  readonly read: Delay;
  /** Time of a write, which ends in the operating system's memory. Default: 0.01 ms and 0.02 more. */
  readonly write: Delay;
  /** Time of a sync. Default: 0.2 ms and 0.3 more. */
  readonly sync: Delay;
  /** Probability that a power failure tears a write of a file that has unsynced ones. Default 0.5. */
  readonly tear: number;
}

export const calmDisk: DiskModel = {
  read: { minMs: 0.02, meanMs: 0.03 },
  write: { minMs: 0.01, meanMs: 0.02 },
  sync: { minMs: 0.2, meanMs: 0.3 },
  tear: 0.5,
};

const sectorBytes = 512;

/** Preallocation writes zeros by the mebibyte: from this size on they are kept as their number alone. */
const zerosBytesMin = 4096;

/** A change of a file that is not durable yet. */
interface Change {
  readonly number: number;
  readonly position: number;
  /** What is written at `position`: bytes, or so many zeros. Undefined when the file is cut or grown to `position`. */
  readonly bytes: Uint8Array | number | undefined;
  /** A sync that failed covered it: no later sync will make it durable. */
  doomed: boolean;
}

/** A file apart from its name. */
export interface Inode {
  /** As programs see it. */
  readonly live: SparseBytes;
  /** As it would be after a power failure that loses everything unsynced. */
  readonly durable: SparseBytes;
  changes: Change[];
}

/** A change of a folder that is not durable yet; `inode` undefined removes the name. */
interface NameChange {
  readonly folder: string;
  readonly names: readonly (readonly [path: string, inode: Inode | undefined])[];
}

export class Platter {
  model: DiskModel;
  /** While true, nothing can grow. */
  full = false;
  /** How many of the coming syncs fail. */
  failingSyncs = 0;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #nameChanges: NameChange[] = [];
  #folders = new Set<string>([""]);
  #changeNumber = 0;
  readonly random: Random;

  constructor(random: Random, model: DiskModel) {
    this.random = random;
    this.model = model;
  }

  find(path: string): Inode | undefined {
    return this.#names.get(path);
  }

  /** Every name below a folder, sorted: files and folders one level down. */
  list(folder: string): string[] {
    const below = folder === "" ? "" : `${folder}/`;
    const found = new Set<string>();
    for (const path of [...this.#names.keys(), ...this.#folders]) {
      if (path !== folder && path.startsWith(below)) found.add(path.slice(below.length).split("/")[0]!);
    }
    return [...found].sort();
  }

  hasFolder(folder: string): boolean {
    return this.#folders.has(folder);
  }

  addFolder(folder: string): void {
    const parts = folder.split("/");
    for (let i = 1; i <= parts.length; i++) this.#folders.add(parts.slice(0, i).join("/"));
  }

  create(path: string): Inode {
    const inode: Inode = { live: new SparseBytes(), durable: new SparseBytes(), changes: [] };
    this.#rename({ folder: folderOf(path), names: [[path, inode]] });
    return inode;
  }

  remove(path: string): void {
    if (this.#names.has(path)) this.#rename({ folder: folderOf(path), names: [[path, undefined]] });
  }

  rename(from: string, to: string): void {
    const inode = this.#names.get(from)!;
    const names = [
      [from, undefined],
      [to, inode],
    ] as const;
    if (from !== to) this.#rename({ folder: folderOf(to), names });
  }

  #rename(change: NameChange): void {
    apply(this.#names, change);
    this.#nameChanges.push(change);
  }

  syncFolder(folder: string): void {
    for (const change of this.#nameChanges) if (change.folder === folder) apply(this.#durableNames, change);
    this.#nameChanges = this.#nameChanges.filter((change) => change.folder !== folder);
  }

  /** Writes, or throws `DiskFullError` having written what fitted. */
  write(inode: Inode, position: number, chunks: readonly Uint8Array[], path: string): void {
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    const room = this.full ? Math.max(0, Math.min(length, inode.live.length - position)) : length;
    const zeros = room >= zerosBytesMin && chunks.every(areZeros);
    this.#change(inode, position, zeros ? room : Buffer.concat(chunks, room));
    if (room < length)
      throw new DiskFullError(`write to ${path} failed: no space left on the simulated disk`);
  }

  truncate(inode: Inode, length: number, path: string): void {
    if (this.full && length > inode.live.length)
      throw new DiskFullError(`growing ${path} failed: no space left on the simulated disk`);
    this.#change(inode, length, undefined);
  }

  #change(inode: Inode, position: number, bytes: Change["bytes"]): void {
    const change: Change = { number: this.#changeNumber++, position, bytes, doomed: false };
    perform(inode.live, change);
    inode.changes.push(change);
  }

  /** The last change so far: what a sync that begins now will cover. */
  get mark(): number {
    return this.#changeNumber;
  }

  /** Ends a sync that began at `mark`. */
  sync(inode: Inode, mark: number, path: string): void {
    const fails = this.failingSyncs > 0;
    if (fails) this.failingSyncs--;
    let rest: Change[] = [];
    for (const change of inode.changes) {
      if (change.number >= mark || change.doomed) rest.push(change);
      else if (fails) rest.push(Object.assign(change, { doomed: true }));
      else {
        perform(inode.durable, change);
        // What was written over is durable now: an earlier write of the same place can never come out on top of it.
        rest = rest.filter((other) => !other.doomed || !overlap(other, change));
      }
    }
    inode.changes = rest;
    if (fails) throw new DiskError(`sync of ${path} failed: i/o error of the simulated disk`);
  }

  /** What is left when the power comes back. */
  powerFailure(): void {
    const folders = new Set(this.#nameChanges.map(({ folder }) => folder));
    for (const folder of folders) {
      const changes = this.#nameChanges.filter((change) => change.folder === folder);
      const kept = this.random.between(0, changes.length);
      for (const change of changes.slice(0, kept)) apply(this.#durableNames, change);
    }
    this.#nameChanges = [];
    for (const inode of new Set(this.#durableNames.values())) this.#settle(inode);
    this.#names = new Map();
    for (const [path, { durable }] of this.#durableNames)
      this.#names.set(path, { live: durable.copy(), durable, changes: [] });
    this.#durableNames = new Map(this.#names);
  }

  #settle(inode: Inode): void {
    const { changes } = inode;
    if (changes.length === 0) return;
    const fate = pick(this.random, ["lost", "kept", "prefix", "any"] as const);
    const upTo = this.random.between(0, changes.length);
    const torn = happens(this.random, this.model.tear) ? this.random.between(0, changes.length - 1) : -1;
    changes.forEach((change, i) => {
      const keep =
        fate === "kept" || (fate === "prefix" && i < upTo) || (fate === "any" && this.random.float() < 0.5);
      if (i === torn) this.#tear(inode.durable, change);
      else if (keep) perform(inode.durable, change);
    });
    inode.changes = [];
  }

  #tear(bytes: SparseBytes, { position, bytes: written }: Change): void {
    if (written === undefined) return;
    if (typeof written === "number") {
      bytes.clear(position, this.random.between(0, written));
      return;
    }
    let at = 0;
    while (at < written.length) {
      const end = Math.min(written.length, at + sectorBytes - ((position + at) % sectorBytes));
      if (this.random.float() < 0.5) bytes.write(position + at, written.subarray(at, end));
      at = end;
    }
  }

  /** Flips a bit of some file that holds something. Answers where, or undefined when the disk is empty. */
  rot(): { readonly path: string; readonly position: number } | undefined {
    const paths = [...this.#names.keys()].filter((path) => this.#names.get(path)!.live.used().length > 0);
    if (paths.length === 0) return undefined;
    const path = pick(this.random, paths.sort());
    const inode = this.#names.get(path)!;
    const page = pick(this.random, inode.live.used());
    const present = inode.live.read(page, 4096);
    const filled = [...present.keys()].filter((i) => present[i] !== 0);
    const position = page + (filled.length > 0 ? pick(this.random, filled) : 0);
    const bit = this.random.between(0, 7);
    inode.live.flip(position, bit);
    if (position < inode.durable.length) inode.durable.flip(position, bit);
    return { path, position };
  }

  /** An empty disk in its place. */
  replace(): void {
    this.#names = new Map();
    this.#durableNames = new Map();
    this.#nameChanges = [];
    this.#folders = new Set([""]);
    this.full = false;
    this.failingSyncs = 0;
  }
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function apply(names: Map<string, Inode>, change: NameChange): void {
  for (const [path, inode] of change.names) {
    if (inode) names.set(path, inode);
    else names.delete(path);
  }
}

function perform(bytes: SparseBytes, { position, bytes: written }: Change): void {
  if (typeof written === "number") bytes.clear(position, written);
  else if (written) bytes.write(position, written);
  else bytes.truncate(position);
}

/** Whether two changes touch a byte in common. One that cuts or grows a file touches everything from there on. */
function overlap(one: Change, other: Change): boolean {
  return one.position < endOf(other) && other.position < endOf(one);
}

function endOf({ position, bytes }: Change): number {
  if (bytes === undefined) return Number.POSITIVE_INFINITY;
  return position + (typeof bytes === "number" ? bytes : bytes.length);
}
