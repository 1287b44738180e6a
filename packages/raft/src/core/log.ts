import type { Entry } from "../gen/raft.ts";
import { invariant } from "./invariant.ts";

/** A place in the log. */
export interface Position {
  readonly index: number;
  readonly term: number;
  /** Log time of the entry at that place, in milliseconds. */
  readonly time: number;
}

export const logStart: Position = { index: 0, term: 0, time: 0 };

/**
 * The log as this node knows it: everything after `base`, which the latest snapshot covers. Indexes begin at 1.
 * Knows nothing of durability or commitment; the callers' invariants stand with them.
 */
export class Log {
  #base: Position;
  #entries: Entry[];

  constructor(base: Position = logStart, entries: Entry[] = []) {
    this.#base = base;
    this.#entries = entries;
  }

  /** The last place that is no longer held as an entry. */
  get base(): Position {
    return this.#base;
  }

  get lastIndex(): number {
    return this.#base.index + this.#entries.length;
  }

  get last(): Position {
    return this.#entries.at(-1) ?? this.#base;
  }

  /** The term of the entry at `index`; undefined before the base and after the end. O(1). */
  term(index: number): number | undefined {
    if (index === this.#base.index) return this.#base.term;
    return this.entry(index)?.term;
  }

  entry(index: number): Entry | undefined {
    return this.#entries[index - this.#base.index - 1];
  }

  /** §5.4.1: whether a log that ends at (index, term) is at least as up-to-date as this one. */
  isUpToDate(index: number, term: number): boolean {
    const { term: lastTerm } = this.last;
    return term > lastTerm || (term === lastTerm && index >= this.lastIndex);
  }

  append(entry: Entry): void {
    invariant(entry.index === this.lastIndex + 1, `entry ${entry.index} does not follow ${this.lastIndex}`);
    invariant(
      entry.term >= this.last.term,
      `term falls from ${this.last.term} to ${entry.term} at ${entry.index}`,
    );
    this.#entries.push(entry);
  }

  /** Removes the entry at `index` and all after it. */
  truncate(index: number): void {
    invariant(index > this.#base.index, `cannot truncate at ${index}: compacted up to ${this.#base.index}`);
    this.#entries.length = index - this.#base.index - 1;
  }

  /** Forgets entries up to and including `index`, which stays known as the base. O(entries kept). */
  compact(index: number): void {
    const entry = this.entry(index);
    if (entry === undefined) return;
    this.#entries = this.#entries.slice(index - this.#base.index);
    this.#base = { index: entry.index, term: entry.term, time: entry.time };
  }

  /** Replaces everything by a snapshot's position. */
  reset(base: Position): void {
    this.#base = { index: base.index, term: base.term, time: base.time };
    this.#entries = [];
  }

  /** Entries from `from` up to and including `to`, at least one, then as many as fit in `bytesMax`. */
  slice(from: number, to: number, bytesMax: number): Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let index = from; index <= to; index++) {
      const entry = this.entry(index);
      invariant(entry !== undefined, `entry ${index} is not in the log`);
      bytes += sizeOf(entry);
      if (entries.length > 0 && bytes > bytesMax) break;
      entries.push(entry);
    }
    return entries;
  }

  /**
   * The largest index, not above `index`, whose term is not above `term`. Where the logs of a leader and a
   * follower may agree at the latest: it skips a whole conflicting term at once (end of §5.3).
   */
  latestNotAfter(index: number, term: number): number {
    let at = Math.min(index, this.lastIndex);
    while (at > this.#base.index && this.term(at)! > term) at--;
    return at;
  }
}

/** Bytes that an entry takes in memory and on the wire, roughly: what limits are counted in. */
export function sizeOf(entry: { readonly data: Uint8Array }): number {
  return entry.data.length + 48;
}
