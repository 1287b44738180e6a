import { GroupStateError } from "../errors.ts";
import {
  type Configuration,
  type Entry,
  EntryKind,
  type JournalRecord,
  type SnapshotMeta,
} from "../gen/raft.ts";
import { Log, logStart, type Position, sizeOf } from "./log.ts";
import type { Recovered } from "./state.ts";

/** Rebuilds a node's persistent state from its journal, record by record, and its latest snapshot. */
export class Recovery {
  #term = 0;
  #vote = "";
  /** Where the log begins, as the journal says; null until it has said so. */
  #base: Position | null = null;
  /** Up to where a state machine on disk has made its state durable. */
  #mark: SnapshotMeta | null = null;
  readonly #log: Log = new Log();
  /** Entries of the log that change the members. */
  #configurations: Entry[] = [];

  add({ record }: JournalRecord): void {
    switch (record?.$case) {
      case "hardState":
        this.#term = record.value.term;
        this.#vote = record.value.vote;
        return;
      case "entry": {
        const entry = record.value;
        this.command(entry, sizeOf(entry));
        if (entry.kind === EntryKind.CONFIGURATION) this.#configurations.push(entry);
        return;
      }
      case "compacted":
        if (record.value.index >= this.#log.lastIndex) this.#log.reset(record.value);
        else this.#log.compact(record.value.index);
        this.#base = record.value;
        return;
      case "installed":
        this.#log.reset(record.value);
        this.#configurations = [];
        this.#base = record.value;
        return;
      case "mark":
        this.#mark = record.value;
        return;
    }
  }

  /** An entry of which no more need be known. A later one replaces the entry of its index and all after it. */
  command(at: Position, bytes: number): void {
    const log = this.#log;
    if (at.index <= log.lastIndex || log.lastIndex === log.base.index) this.#cut(at.index);
    else if (at.index > log.lastIndex + 1)
      throw new GroupStateError(
        `The journal jumps from entry ${log.lastIndex} to ${at.index}. Restore this node's folder from a copy, or wipe it and let the node catch up.`,
      );
    log.appendStored(at, bytes);
  }

  #cut(index: number): void {
    const log = this.#log;
    // The journal's first entries may lie before what it says of the log's beginning later on.
    if (index <= log.base.index || index > log.lastIndex + 1)
      log.reset({ index: index - 1, term: 0, time: 0 });
    else log.truncate(index);
    while ((this.#configurations.at(-1)?.index ?? 0) >= index) this.#configurations.pop();
  }

  /**
   * `configuration` is that of the snapshot; a later mark takes its place. Throws `GroupStateError` when journal and
   * snapshot do not fit together.
   */
  finish(snapshot: Position, configuration: Configuration, configurationIndex: number): Recovered {
    const mark = this.#mark;
    if (mark === null || mark.index <= snapshot.index)
      return this.#finish(snapshot, configuration, configurationIndex);
    const { index, term, time } = mark;
    return this.#finish({ index, term, time }, mark.configuration ?? configuration, mark.configurationIndex);
  }

  #finish(snapshot: Position, configuration: Configuration, configurationIndex: number): Recovered {
    const base = this.#base ?? logStart;
    const log = this.#log;
    if (log.base.index !== base.index)
      throw new GroupStateError(
        `The journal begins at entry ${log.base.index + 1}, but the log at ${base.index + 1}.`,
      );
    if (snapshot.index < base.index)
      throw new GroupStateError(
        `The log begins after ${base.index}, but the latest snapshot ends at ${snapshot.index}: a snapshot is missing from this node's folder.`,
      );
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
      applied: snapshot,
      replaced,
      configuration,
      configurationIndex,
      configurations: this.#configurations.filter(
        ({ index }) => index > snapshot.index && index <= log.lastIndex,
      ),
    };
  }
}
