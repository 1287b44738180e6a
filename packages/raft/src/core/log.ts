import type { Entry } from "../gen/raft.ts";
import { Column } from "./column.ts";
import { invariant } from "./invariant.ts";
import { Resident } from "./resident.ts";

/** A place in the log. */
export interface Position {
  readonly index: number;
  readonly term: number;
  /** Log time of the entry at that place, in milliseconds. */
  readonly time: number;
}

export const logStart: Position = { index: 0, term: 0, time: 0 };

/** Entries of one term, one after the other. Terms never fall along the log, so a log of any length has few runs. */
interface Run {
  readonly term: number;
  /** The index of its first entry. */
  readonly first: number;
}

/**
 * The log as this node knows it: everything after `base`, which the latest snapshot covers. Indexes begin at 1. Of
 * every entry it knows term, time and size; the entries themselves are in memory from `residentFrom` on, and before
 * that only on the disk. Knows nothing of durability or commitment; the callers' invariants stand with them.
 */
export class Log {
  #base: Position;
  #last: Position;
  #runs: Run[] = [];
  #times: Column = new Column();
  /** Bytes from the beginning of this log's life to the end of each entry. */
  #ends: Column = new Column();
  #bytesBefore = 0;
  /** The latest entries, without a gap up to the last. */
  readonly #resident: Resident = new Resident();

  constructor(base: Position = logStart) {
    this.#base = position(base);
    this.#last = this.#base;
  }

  /** The last place that is no longer held as an entry. */
  get base(): Position {
    return this.#base;
  }

  get lastIndex(): number {
    return this.#last.index;
  }

  get last(): Position {
    return this.#last;
  }

  /** Entries from here on are in memory. */
  get residentFrom(): number {
    return this.#last.index + 1 - this.#resident.length;
  }

  /** Bytes of the entries in memory, as `sizeOf` counts them. */
  get residentBytes(): number {
    return this.bytesBetween(this.residentFrom - 1, this.#last.index);
  }

  /** The term of the entry at `index`; undefined before the base and after the end. O(log terms), mostly O(1). */
  term(index: number): number | undefined {
    if (index === this.#last.index) return this.#last.term;
    if (index === this.#base.index) return this.#base.term;
    if (index < this.#base.index || index > this.#last.index) return undefined;
    return this.#runs[this.#runAt(index)]!.term;
  }

  /** Which run the entry at `index`, which the log holds, belongs to. */
  #runAt(index: number): number {
    let low = 0;
    let high = this.#runs.length - 1;
    if (this.#runs[high]!.first <= index) return high;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#runs[middle]!.first <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The place of an entry that the log holds, or of its base. */
  position(index: number): Position {
    if (index === this.#base.index) return this.#base;
    return { index, term: this.term(index)!, time: this.#times.at(index - this.#base.index - 1) };
  }

  /** Bytes of all entries behind `from`, up to and including `to`. Both are in the log, or its base. */
  bytesBetween(from: number, to: number): number {
    return this.#end(to) - this.#end(from);
  }

  /** The earliest place that has at most `bytes` of entries between it and `to`, which the log holds. O(log entries). */
  reachBack(to: number, bytes: number): number {
    const enough = this.#end(to) - bytes;
    let low = this.#base.index;
    let high = to;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#end(middle) >= enough) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #end(index: number): number {
    return index === this.#base.index ? this.#bytesBefore : this.#ends.at(index - this.#base.index - 1);
  }

  /** The entry at `index`, if it is in memory. */
  entry(index: number): Entry | undefined {
    return this.#resident.at(index - this.residentFrom);
  }

  /** §5.4.1: whether a log that ends at (index, term) is at least as up-to-date as this one. */
  isUpToDate(index: number, term: number): boolean {
    const { term: lastTerm } = this.last;
    return term > lastTerm || (term === lastTerm && index >= this.lastIndex);
  }

  append(entry: Entry): void {
    this.#extend(entry, sizeOf(entry));
    this.#resident.push(entry);
  }

  /** An entry that is on the disk and need not be in memory. Only while nothing is. */
  appendStored(at: Position, bytes: number): void {
    invariant(this.#resident.length === 0, `entry ${at.index} on the disk follows one in memory`);
    this.#extend(at, bytes);
  }

  #extend(at: Position, bytes: number): void {
    const { index, term, time } = at;
    const last = this.#last;
    invariant(index === last.index + 1, `entry ${index} does not follow ${last.index}`);
    invariant(term >= last.term, `term falls from ${last.term} to ${term} at ${index}`);
    if (this.#runs.length === 0 || term !== last.term) this.#runs.push({ term, first: index });
    this.#ends.push(this.#end(last.index) + bytes);
    this.#times.push(time);
    this.#last = at;
  }

  /** Removes the entry at `index` and all after it. */
  truncate(index: number): void {
    invariant(index > this.#base.index, `cannot truncate at ${index}: compacted up to ${this.#base.index}`);
    if (index > this.#last.index) return;
    const last = this.position(index - 1);
    this.#resident.truncate(Math.max(0, index - this.residentFrom));
    this.#times.truncate(index - this.#base.index - 1);
    this.#ends.truncate(index - this.#base.index - 1);
    while (this.#runs.length > 0 && this.#runs[this.#runs.length - 1]!.first >= index) this.#runs.pop();
    this.#last = last;
  }

  /** Forgets entries up to and including `index`, which stays known as the base. */
  compact(index: number): void {
    if (index <= this.#base.index || index > this.#last.index) return;
    const base = this.position(index);
    if (index >= this.residentFrom) this.#resident.dropFront(index + 1 - this.residentFrom);
    this.#bytesBefore = this.#end(index);
    this.#runs.splice(0, this.#runAt(index));
    if (index === this.#last.index) this.#runs.length = 0;
    this.#times.dropFront(index - this.#base.index);
    this.#ends.dropFront(index - this.#base.index);
    this.#base = base;
  }

  /** Replaces everything by a snapshot's position. */
  reset(base: Position): void {
    this.#base = position(base);
    this.#last = this.#base;
    this.#runs = [];
    this.#times = new Column();
    this.#ends = new Column();
    this.#resident.clear();
  }

  /** Lets go of the oldest entries up to `index`, which are on the disk, until about `bytesMax` are in memory. */
  evict(index: number, bytesMax: number): void {
    const enough = this.#end(this.#last.index) - bytesMax;
    let count = 0;
    for (let at = this.residentFrom; at <= index && this.#end(at - 1) < enough; at++) count++;
    if (count > 0) this.#resident.dropFront(count);
  }

  /**
   * Entries from `from` up to and including `to`, at least one, then as many as fit in `bytesMax`; none when `to` lies
   * before `from`. Undefined when the first of them is not in memory.
   */
  slice(from: number, to: number, bytesMax: number): Entry[] | undefined {
    const first = this.residentFrom;
    if (from < first) return undefined;
    if (to < from) return [];
    invariant(to <= this.#last.index, `entry ${to} is not in the log`);
    return this.#resident.slice(from - first, this.#lastWithin(from, to, bytesMax) + 1 - first);
  }

  /** All entries from `from` on, which are in memory. */
  from(from: number): Entry[] {
    const first = this.residentFrom;
    invariant(from >= first, `entry ${from} is not in memory`);
    return this.#resident.slice(from - first, this.#resident.length);
  }

  /** The last of the entries from `from` up to `to` that fit in `bytesMax` together; `from` if not even one does. */
  #lastWithin(from: number, to: number, bytesMax: number): number {
    const limit = this.#end(from - 1) + bytesMax;
    if (to <= from || this.#end(to) <= limit) return to;
    let low = from;
    let high = to - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#end(middle) <= limit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The largest index, not above `index`, whose term is not above `term`. Where the logs of a leader and a
   * follower may agree at the latest: it skips a whole conflicting term at once (end of §5.3).
   */
  latestNotAfter(index: number, term: number): number {
    let at = Math.min(index, this.lastIndex);
    while (at > this.#base.index) {
      const run = this.#runs[this.#runAt(at)]!;
      if (run.term <= term) return at;
      at = Math.max(run.first - 1, this.#base.index);
    }
    return at;
  }
}

function position({ index, term, time }: Position): Position {
  return { index, term, time };
}

/** Bytes that an entry takes in memory and on the wire, roughly: what limits are counted in. */
export function sizeOf(entry: { readonly data: { readonly length: number } }): number {
  return entry.data.length + 48;
}
