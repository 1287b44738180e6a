import { GroupStateError } from "../errors.ts";
import type { Configuration, Entry, JournalRecord } from "../gen/raft.ts";
import { Log, logStart, type Position } from "./log.ts";
import type { Recovered } from "./state.ts";

/** Rebuilds a node's persistent state from its journal, record by record, and its latest snapshot. */
export class Recovery {
  #term = 0;
  #vote = "";
  #base: Position | null = null;
  #entries: Entry[] = [];

  add({ record }: JournalRecord): void {
    switch (record?.$case) {
      case "hardState":
        this.#term = record.value.term;
        this.#vote = record.value.vote;
        return;
      case "entry":
        return this.#entry(record.value);
      case "compacted": {
        const { index } = record.value;
        this.#entries = this.#entries.filter((entry) => entry.index > index);
        this.#base = record.value;
        return;
      }
      case "installed":
        this.#entries = [];
        this.#base = record.value;
        return;
    }
  }

  /** A later entry replaces the one of its index and all after it. */
  #entry(entry: Entry): void {
    const first = this.#entries[0];
    if (first !== undefined) {
      const at = entry.index - first.index;
      if (at > this.#entries.length)
        throw new GroupStateError(
          `The journal jumps from entry ${this.#entries.at(-1)!.index} to ${entry.index}. Restore this node's folder from a copy, or wipe it and let the node catch up.`,
        );
      this.#entries.length = Math.max(0, at);
    }
    this.#entries.push(entry);
  }

  /** `configuration` is that of the snapshot. Throws `GroupStateError` when journal and snapshot do not fit together. */
  finish(snapshot: Position, configuration: Configuration, configurationIndex: number): Recovered {
    const base = this.#base ?? logStart;
    const first = this.#entries[0];
    if (first !== undefined && first.index !== base.index + 1)
      throw new GroupStateError(
        `The journal begins at entry ${first.index}, but the log at ${base.index + 1}.`,
      );
    if (snapshot.index < base.index)
      throw new GroupStateError(
        `The log begins after ${base.index}, but the latest snapshot ends at ${snapshot.index}: a snapshot is missing from this node's folder.`,
      );
    const log = new Log(base, this.#entries);
    // A snapshot that was installed just before a crash may not have reached the journal. What the log holds beyond
    // it counts only where the two agree.
    const replaced = log.term(snapshot.index) !== snapshot.term;
    if (replaced) log.reset(snapshot);
    // Likewise its term: whoever holds entries of a term has entered it, without a vote to its name.
    const entered = Math.max(this.#term, log.last.term);
    return {
      term: entered,
      vote: entered === this.#term ? this.#vote || null : null,
      log,
      snapshot,
      replaced,
      configuration,
      configurationIndex,
    };
  }
}
