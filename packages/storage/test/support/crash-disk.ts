/**
 * A disk that crashes or fails at a chosen operation.
 *
 * Fault model.
 *  - Operations are counted. At operation `crashAt` the power fails: a part of that operation happens, every later
 *    call rejects, and `restart` gives the disk as it is when the power is back.
 *  - What was written to a file since its last successful sync is lost in part: every 512-byte sector of every write
 *    is kept, lost or torn at some byte, each on its own. Bytes beside a write keep their values.
 *  - Of the names that were made, replaced or removed since their folder was synced, any change is kept or lost.
 *  - `failAt` makes one operation fail. What a failed sync covered is never made durable by a later one, though reads
 *    go on showing it.
 *  - `restart({ power: true })` is a mere end of the process: everything written is there.
 */
import { type Disk, DiskError, type DiskFile, DiskFullError, FileNotFoundError } from "../../src/index.ts";
import { parentOf } from "../../src/path.ts";

/** A stream of integers below a bound: all chance of the disk comes from one. */
export type Chance = (below: number) => number;

/** Marsaglia's xorshift, enough for choosing faults. */
export function chance(seed: number): Chance {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Change {
  readonly position: number;
  /** Undefined when the file is cut or grown to `position`. */
  readonly bytes: Uint8Array | undefined;
  /** A sync that failed covered it. */
  doomed: boolean;
}

class Inode {
  live: Uint8Array;
  durable: Uint8Array;
  changes: Change[] = [];

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.live = bytes.slice();
    this.durable = bytes.slice();
  }

  /** The bytes that a power failure leaves. */
  survive(random: Chance): Uint8Array {
    let bytes = this.durable;
    const all = random(4);
    for (const change of this.changes) {
      if (all === 0) continue;
      if (change.bytes === undefined || all === 1) {
        if (all === 1 || random(2) === 0) bytes = perform(bytes, change);
        continue;
      }
      for (const [from, to] of sectors(change.position, change.bytes.length)) {
        const kept = [0, to - from, random(to - from + 1)][random(3)]!;
        const part = change.bytes.subarray(from, from + kept);
        if (kept > 0) bytes = perform(bytes, { position: change.position + from, bytes: part });
      }
    }
    return bytes;
  }
}

function perform(bytes: Uint8Array, change: Pick<Change, "position" | "bytes">): Uint8Array {
  const written = change.bytes?.length ?? 0;
  const length = change.bytes ? Math.max(bytes.length, change.position + written) : change.position;
  const result = length === bytes.length ? bytes.slice() : new Uint8Array(length);
  if (length !== bytes.length) result.set(bytes.subarray(0, length));
  if (change.bytes) result.set(change.bytes, change.position);
  return result;
}

function* sectors(position: number, length: number): Generator<[number, number]> {
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + 512 - ((position + at) % 512));
    yield [at, end];
    at = end;
  }
}

interface NameChange {
  readonly folder: string;
  apply(names: Map<string, Inode>): void;
}

export interface Faults {
  readonly crashAt?: number;
  readonly failAt?: number;
  /** Every operation whose description begins like this fails. */
  readonly failing?: string;
  /** From this operation on nothing can grow; `Infinity` gives room again. */
  readonly fullFrom?: number;
}

export class CrashDisk implements Disk {
  names: Map<string, Inode>;
  readonly #folders: Set<string>;
  #durableNames: Map<string, Inode>;
  #nameChanges: NameChange[] = [];
  faults: Faults;
  readonly random: Chance;
  /** Operations so far. */
  operations = 0;
  crashed = false;

  constructor(random: Chance, faults: Faults = {}, files: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.random = random;
    this.faults = faults;
    this.names = new Map([...files].map(([path, bytes]) => [path, new Inode(bytes)]));
    this.#durableNames = new Map(this.names);
    this.#folders = new Set([""]);
    for (const path of files.keys()) this.#addFolder(parentOf(path));
  }

  /** The disk after a restart: of the power, or of the process alone (`power: true`). */
  restart({ power = false, faults = {} }: { power?: boolean; faults?: Faults } = {}): CrashDisk {
    if (power) {
      this.crashed = true;
      const next = new CrashDisk(this.random, faults);
      next.names = this.names;
      next.#durableNames = this.#durableNames;
      next.#nameChanges = this.#nameChanges;
      for (const folder of this.#folders) next.#folders.add(folder);
      return next;
    }
    this.crashed = true;
    const names = new Map(this.#durableNames);
    for (const change of this.#nameChanges) if (this.random(2) === 0) change.apply(names);
    const files = new Map([...names].map(([path, inode]) => [path, inode.survive(this.random)]));
    const next = new CrashDisk(this.random, faults, files);
    for (const folder of this.#folders) next.#folders.add(folder);
    return next;
  }

  /** All files as a program sees them. */
  files(): Map<string, Uint8Array> {
    return new Map([...this.names].map(([path, inode]) => [path, inode.live.slice()]));
  }

  /** Counts an operation; `partly` is what happens of it when it crashes or fails. */
  step(what: string, partly: () => void = () => {}): void {
    if (this.crashed) throw new DiskError(`${what} failed: the power is off`);
    const operation = this.operations++;
    if (operation === this.faults.crashAt) {
      if (this.random(2) === 0) partly();
      this.crashed = true;
      throw new DiskError(`${what} failed: the power went off`);
    }
    const { failAt, failing } = this.faults;
    if (operation === failAt || (failing !== undefined && what.startsWith(failing))) {
      if (this.random(2) === 0) partly();
      throw new DiskError(`${what} failed: injected`);
    }
  }

  get full(): boolean {
    return this.operations > (this.faults.fullFrom ?? Number.POSITIVE_INFINITY);
  }

  async open(path: string, { create = false } = {}): Promise<DiskFile> {
    let inode = this.names.get(path);
    if (!inode) {
      if (!create || !this.#folders.has(parentOf(path))) throw new FileNotFoundError(`no ${path}`);
      const made = new Inode();
      inode = made;
      const change = () => this.#rename({ folder: parentOf(path), apply: (names) => names.set(path, made) });
      this.step(`creation of ${path}`, change);
      change();
    } else this.step(`open of ${path}`);
    return new CrashFile(path, inode, this);
  }

  async list(folder: string): Promise<readonly string[]> {
    this.step(`list of ${folder}`);
    const within = [...this.names.keys()].filter((path) => parentOf(path) === folder);
    return within.map((path) => path.slice(folder === "" ? 0 : folder.length + 1)).sort();
  }

  async createFolder(folder: string): Promise<void> {
    this.step(`creation of ${folder}`);
    this.#addFolder(folder);
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.names.get(from);
    if (!inode) throw new FileNotFoundError(`no ${from}`);
    const apply = (names: Map<string, Inode>): void => {
      names.delete(from);
      names.set(to, inode);
    };
    const change = () => this.#rename({ folder: parentOf(to), apply });
    this.step(`rename of ${from}`, change);
    change();
  }

  async remove(path: string): Promise<void> {
    const change = () => this.#rename({ folder: parentOf(path), apply: (names) => names.delete(path) });
    this.step(`removal of ${path}`, change);
    change();
  }

  async syncFolder(folder: string): Promise<void> {
    const sync = (): void => {
      for (const change of this.#nameChanges) if (change.folder === folder) change.apply(this.#durableNames);
      this.#nameChanges = this.#nameChanges.filter((change) => change.folder !== folder);
    };
    this.step(`sync of ${folder}`, sync);
    sync();
  }

  #rename(change: NameChange): void {
    change.apply(this.names);
    this.#nameChanges.push(change);
  }

  #addFolder(folder: string): void {
    for (let path = folder; path !== ""; path = parentOf(path)) this.#folders.add(path);
  }
}

class CrashFile implements DiskFile {
  readonly path: string;
  readonly #inode: Inode;
  readonly #disk: CrashDisk;

  constructor(path: string, inode: Inode, disk: CrashDisk) {
    this.path = path;
    this.#inode = inode;
    this.#disk = disk;
  }

  async size(): Promise<number> {
    this.#disk.step(`size of ${this.path}`);
    return this.#inode.live.length;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    this.#disk.step(`read of ${this.path}`);
    return this.#inode.live.slice(position, position + length);
  }

  async write(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    const bytes = Uint8Array.from(Buffer.concat(chunks));
    const write = (part: Uint8Array): void => this.#change({ position, bytes: part, doomed: false });
    this.#disk.step(`write to ${this.path}`, () =>
      write(bytes.subarray(0, this.#disk.random(bytes.length + 1))),
    );
    const room = Math.max(0, this.#inode.live.length - position);
    if (this.#disk.full && bytes.length > room) {
      write(bytes.subarray(0, room));
      throw new DiskFullError(`write to ${this.path} failed: full`);
    }
    write(bytes);
  }

  async truncate(length: number): Promise<void> {
    this.#disk.step(`truncate of ${this.path}`);
    this.#change({ position: length, bytes: undefined, doomed: false });
  }

  async sync(): Promise<void> {
    const inode = this.#inode;
    const sync = (): void => {
      for (const change of inode.changes) if (!change.doomed) inode.durable = perform(inode.durable, change);
      inode.changes = inode.changes.filter((change) => change.doomed);
    };
    // A sync that fails dooms what it covered, whatever part of it reached the disk.
    const doom = (): void => {
      for (const change of inode.changes) change.doomed = true;
    };
    this.#disk.step(
      `sync of ${this.path}`,
      this.#disk.faults.crashAt === this.#disk.operations ? sync : doom,
    );
    sync();
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #change(change: Change): void {
    this.#inode.live = perform(this.#inode.live, change);
    this.#inode.changes.push(change);
  }
}
