import type { NodeId } from "@coterie/host";
import type { Entry } from "../gen/raft.ts";
import type { FetchEffect } from "./effects.ts";
import { invariant } from "./invariant.ts";
import type { State } from "./state.ts";

/**
 * Reads the log in order, for a follower or for the state machine: from memory, and where entries are no longer there,
 * from the disk, which is asked by an effect and answers later.
 */
export class LogReader {
  /** Whom it reads for: a follower, or this node itself. */
  readonly #reader: NodeId;
  /** Where the entries begin that were asked of the disk. */
  #awaited: number | null = null;
  #fetched: Entry[] = [];

  constructor(reader: NodeId) {
    this.#reader = reader;
  }

  /**
   * Entries from `from` up to `to`, at least one, then about as many as fit in `bytesMax`; undefined while the disk
   * reads them: ask again once it has.
   */
  read(s: State, from: number, to: number, bytesMax: number): Entry[] | undefined {
    const resident = s.log.slice(from, to, bytesMax);
    if (resident) return resident;
    const fetched = this.#fetched;
    this.#fetched = [];
    if (fetched[0]?.index === from) return fetched;
    if (this.#awaited === from) return undefined;
    this.#awaited = from;
    const last = Math.min(to, s.log.residentFrom - 1);
    s.ask({ type: "fetch", reader: this.#reader, from, to: last, bytesMax });
    return undefined;
  }

  /** What `fetch` asked for. What was compacted or overtaken meanwhile is dropped, and asked for anew if need be. */
  take(s: State, { from }: FetchEffect, entries: Entry[]): void {
    if (this.#awaited !== from) return;
    this.#awaited = null;
    if (entries.some(({ index, term }, i) => index !== from + i || s.log.term(index) !== term)) return;
    const held = from > s.log.base.index && from <= s.log.lastIndex;
    invariant(entries.length > 0 || !held, `entry ${from} is neither in memory nor in the journal`);
    this.#fetched = entries;
  }

  /** Whoever reads will go on elsewhere. */
  reset(): void {
    this.#awaited = null;
    this.#fetched = [];
  }
}
