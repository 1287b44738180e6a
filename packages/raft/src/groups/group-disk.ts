import type { Disk, DiskFile } from "@coterie/storage";

/** Everything that a host stores of its groups is in here. */
export const groupsFolder = "raft-groups";

/**
 * The host's disk as groups see it: a folder of its own, in which a folder is made only when the first file is. A group
 * that has written nothing but its journal, which it shares, costs no folder: making one is several syncs.
 */
export class GroupDisk implements Disk {
  readonly #disk: Disk;
  readonly #root: string;
  /** Folders that were asked for and are not made. */
  readonly #wanted: Set<string> = new Set();

  constructor(disk: Disk, root: string) {
    this.#disk = disk;
    this.#root = root;
  }

  #inside(path: string): string {
    return `${this.#root}/${path}`;
  }

  async open(path: string, options?: { readonly create?: boolean }): Promise<DiskFile> {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (options?.create && this.#wanted.has(folder)) {
      await this.#disk.createFolder(this.#inside(folder));
      this.#wanted.delete(folder);
    }
    return this.#disk.open(this.#inside(path), options);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#disk.list(this.#inside(folder));
  }

  async createFolder(folder: string): Promise<void> {
    const names = await this.list(folder);
    if (names.length === 0) this.#wanted.add(folder);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#disk.rename(this.#inside(from), this.#inside(to));
  }

  remove(path: string): Promise<void> {
    return this.#disk.remove(this.#inside(path));
  }

  async syncFolder(folder: string): Promise<void> {
    if (!this.#wanted.has(folder)) await this.#disk.syncFolder(this.#inside(folder));
  }
}
