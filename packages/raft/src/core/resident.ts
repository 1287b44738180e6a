import type { Entry } from "../gen/raft.ts";

/** Room in front is given back when it is more than that, and more than what is kept. */
const skippedMin = 64;

/**
 * The latest entries of a log, those in memory. Grows behind, is forgotten in front and cut behind: each costs what is
 * added or taken, however many entries stay.
 */
export class Resident {
  #entries: (Entry | undefined)[] = [];
  /** Entries in front that are forgotten. */
  #skipped = 0;

  get length(): number {
    return this.#entries.length - this.#skipped;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** The entry at `at`, counted from the first that is kept. */
  at(at: number): Entry | undefined {
    return at < 0 ? undefined : this.#entries[this.#skipped + at];
  }

  /** Entries from `from` up to, and without, `to`: all of them are kept. */
  slice(from: number, to: number): Entry[] {
    return this.#entries.slice(this.#skipped + from, this.#skipped + to) as Entry[];
  }

  /** Keeps the first `length` entries. */
  truncate(length: number): void {
    this.#entries.length = this.#skipped + length;
  }

  /** Forgets the first `count` entries. */
  dropFront(count: number): void {
    const skipped = this.#skipped + count;
    if (skipped > skippedMin && skipped > this.#entries.length - skipped) {
      this.#entries = this.#entries.slice(skipped);
      this.#skipped = 0;
    } else {
      this.#entries.fill(undefined, this.#skipped, skipped);
      this.#skipped = skipped;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#skipped = 0;
  }
}
