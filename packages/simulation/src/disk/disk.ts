import { type Disk, DiskError, type DiskFile, FileNotFoundError, InvalidPathError } from "@coterie/storage";
import type { Trace } from "../report/trace.ts";
import { type Delay, drawDelay } from "../time/chance.ts";
import { hashText } from "../time/digest.ts";
import { orderGapMs, type Timeline } from "../time/timeline.ts";
import type { Machine } from "../world/machine.ts";
import { folderOf, type Inode } from "./platter.ts";

/** One life's `Disk` over its machine's platter. The fault model stands in `platter.ts`. */
export class SimulatedDisk implements Disk {
  readonly #timeline: Timeline;
  readonly #machine: Machine;
  readonly #life: number;
  readonly #trace: Trace | undefined;

  constructor(timeline: Timeline, machine: Machine, trace?: Trace) {
    this.#timeline = timeline;
    this.#machine = machine;
    this.#life = machine.life;
    this.#trace = trace;
  }

  open(path: string, options?: { readonly create?: boolean }): Promise<DiskFile> {
    return this.#soon("open", path, () => {
      const { platter } = this.#machine;
      const inode = platter.find(path);
      if (platter.hasFolder(path)) throw new DiskError(`${path} is a folder`);
      if (inode) return new SimulatedFile(path, inode, this);
      if (!options?.create || !platter.hasFolder(folderOf(path)))
        throw new FileNotFoundError(`${path} does not exist, or its folder does not`);
      return new SimulatedFile(path, platter.create(path), this);
    });
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#soon("list", folder, () => this.#machine.platter.list(folder));
  }

  createFolder(folder: string): Promise<void> {
    return this.#soon("mkdir", folder, () => {
      if (this.#machine.platter.find(folder)) throw new DiskError(`${folder} is a file`);
      this.#machine.platter.addFolder(folder);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    checkPath(from);
    await this.#soon("rename", to, () => {
      const { platter } = this.#machine;
      if (!platter.find(from) || !platter.hasFolder(folderOf(to)))
        throw new FileNotFoundError(
          `${from} cannot be renamed to ${to}: the file or the folder does not exist`,
        );
      platter.rename(from, to);
    });
  }

  remove(path: string): Promise<void> {
    return this.#soon("remove", path, () => this.#machine.platter.remove(path));
  }

  async syncFolder(folder: string): Promise<void> {
    checkPath(folder);
    const { platter } = this.#machine;
    await this.finish("fsync", folder, platter.model.sync, this.#queue, () => {
      if (!platter.hasFolder(folder)) throw new FileNotFoundError(`${folder} does not exist`);
      platter.syncFolder(folder);
    });
  }

  /** What the machine does to names takes effect at once and is answered a little later. */
  async #soon<T>(operation: string, path: string, act: () => T): Promise<T> {
    checkPath(path);
    return this.begin(operation, path, this.#machine.platter.model.read, this.#queue, act);
  }

  readonly #queue: Completions = { last: 0 };

  get alive(): boolean {
    return this.#machine.leads(this.#life);
  }

  get machine(): Machine {
    return this.#machine;
  }

  /** Acts now, and settles with the outcome when the time has passed. Never settles once this life has ended. */
  begin<T>(operation: string, path: string, delay: Delay, queue: Completions, act: () => T): Promise<T> {
    if (!this.alive) return new Promise(() => {});
    let outcome: () => T;
    try {
      const value = act();
      outcome = () => value;
    } catch (error) {
      outcome = () => {
        throw error;
      };
    }
    return this.finish(operation, path, delay, queue, outcome);
  }

  /** Acts and settles when the time has passed. Never does either once this life has ended. */
  finish<T>(operation: string, path: string, delay: Delay, queue: Completions, act: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!this.alive) return;
      const at = Math.max(
        this.#timeline.now + drawDelay(this.#machine.platter.random, delay),
        queue.last + orderGapMs,
      );
      queue.last = at;
      this.#timeline.schedule(at, "disk", this.#machine, this.#life, hashText(operation), () => {
        this.#trace?.disk(this.#machine.id, operation, path);
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

/** When the last operation on a file (or on names) will be answered: answers keep the order of the questions. */
interface Completions {
  last: number;
}

class SimulatedFile implements DiskFile {
  readonly path: string;
  readonly #inode: Inode;
  readonly #disk: SimulatedDisk;
  readonly #queue: Completions = { last: 0 };
  #open = true;

  constructor(path: string, inode: Inode, disk: SimulatedDisk) {
    this.path = path;
    this.#inode = inode;
    this.#disk = disk;
  }

  size(): Promise<number> {
    return this.#begin("size", this.#model.read, () => this.#inode.live.length);
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#begin("read", this.#model.read, () => this.#inode.live.read(position, length));
  }

  write(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    return this.#begin("write", this.#model.write, () =>
      this.#disk.machine.platter.write(this.#inode, position, chunks, this.path),
    );
  }

  truncate(length: number): Promise<void> {
    return this.#begin("truncate", this.#model.write, () =>
      this.#disk.machine.platter.truncate(this.#inode, length, this.path),
    );
  }

  async sync(): Promise<void> {
    this.#check();
    const { platter } = this.#disk.machine;
    const mark = platter.mark;
    await this.#disk.finish("sync", this.path, this.#model.sync, this.#queue, () =>
      platter.sync(this.#inode, mark, this.path),
    );
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #model() {
    return this.#disk.machine.platter.model;
  }

  async #begin<T>(operation: string, delay: Delay, act: () => T): Promise<T> {
    this.#check();
    return this.#disk.begin(operation, this.path, delay, this.#queue, act);
  }

  #check(): void {
    if (!this.#open) throw new DiskError(`${this.path} is closed`);
  }
}

function checkPath(path: string): void {
  if (path === "") return;
  const bad = (name: string): boolean => name === "" || name === "." || name === "..";
  if (path.includes("\\") || path.includes("\0") || path.split("/").some(bad))
    throw new InvalidPathError(path);
}
