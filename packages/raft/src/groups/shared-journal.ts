import type { Host } from "@coterie/host";
import { type Journal, openJournal } from "@coterie/storage";
import { FastWriter } from "@coterie/transport";
import { SharedRecord } from "../gen/groups.ts";
import { JournalShare } from "./journal-share.ts";
import { Part } from "./part.ts";

export interface SharedJournalOptions {
  readonly folder: string;
  readonly segmentBytes: number;
  /** The longest record of any group. */
  readonly recordBytesMax: number;
  /** Above this, what is still needed of the oldest half is written again at the end. */
  readonly bytesMax: number;
}

/** What of a host the journal needs. */
export type JournalHost = Pick<Host, "disk" | "epoch" | "reach" | "fail">;

/** What of the journal is held in memory at start until its groups are opened; more is read again then. */
const foundBytesMax = 268_435_456;
const moveBytes = 1_048_576;
/** What of one append goes into one record. */
const shareBytesMax = 262_144;

/**
 * One journal for all groups: their writes of one turn share a sync. Each record names its group and its number in it.
 *
 * Room is given back from the old end only, so a group that writes seldom would hold on to everything that others have
 * written since. When the journal has grown above `bytesMax`, records at its old end that are still needed are written
 * again at the end, under the same number; a start sorts them by it.
 */
export class SharedJournal implements AsyncDisposable {
  readonly #host: JournalHost;
  readonly #options: SharedJournalOptions;
  readonly #journal: Journal;
  readonly #parts: Map<string, Part>;
  #tidyAt: number;
  /** How large the journal may become before it is made smaller. */
  #limit: number;
  #tidying: Promise<void> | null = null;
  #closed = false;
  readonly #writer: FastWriter = new FastWriter();
  readonly #counters = { moved: 0, movedBytes: 0 };

  private constructor(
    host: JournalHost,
    options: SharedJournalOptions,
    journal: Journal,
    parts: Map<string, Part>,
  ) {
    this.#host = host;
    this.#options = options;
    this.#journal = journal;
    this.#parts = parts;
    this.#tidyAt = journal.end + options.segmentBytes;
    this.#limit = options.bytesMax;
  }

  /** Reads the whole journal once. Throws what the disk throws. */
  static async open(host: JournalHost, options: SharedJournalOptions): Promise<SharedJournal> {
    const parts = new Map<string, Part>();
    let held = 0;
    const journal = await openJournal(host.disk, {
      folder: options.folder,
      identity: options.folder,
      segmentBytes: options.segmentBytes,
      recordBytesMax: options.recordBytesMax + recordOverheadBytes,
      // Every group bounds what it has in flight: the journal need not refuse on top of that.
      pendingBytesMax: 2 ** 31 - 1,
      replay: (bytes, position) => {
        held += bytes.length;
        const record = SharedRecord.decode(bytes.slice());
        partOf(parts, record.group).found(record, position, held <= foundBytesMax);
      },
    });
    for (const part of parts.values()) part.settle();
    return new SharedJournal(host, options, journal, parts);
  }

  /** Groups that have records here. */
  get groups(): string[] {
    return [...this.#parts.values()].filter((part) => !part.isEmpty).map(({ group }) => group);
  }

  /** Groups that were destroyed, as far as the journal remembers. */
  get destroyed(): string[] {
    return [...this.#parts.values()].filter((part) => part.isDestroyed).map(({ group }) => group);
  }

  /** Which life of a group this is on this node: it rises with every start of the process, and every opening in it. */
  epoch(group: string): number {
    return this.#host.epoch + partOf(this.#parts, group).reopened;
  }

  /** A group's share, to be opened in the place of a journal of its own. `closed` is called when it is closed. */
  opener(group: string, closed: () => void): typeof openJournal {
    return async (_disk, { replay }) => {
      const part = partOf(this.#parts, group);
      const write = (sequence: number, records: readonly Uint8Array[]): Promise<void> =>
        this.#append(part, sequence, records, false);
      if (part.wasOpen) {
        // Durable before the group speaks: nobody must take its new life for the last.
        part.reopened++;
        await write(part.number(), []);
      }
      part.wasOpen = true;
      const share = new JournalShare({
        journal: this.#journal,
        part,
        write,
        recordBytesMax: Math.min(this.#options.recordBytesMax, shareBytesMax),
        closed,
      });
      await share.replay(replay);
      return share;
    };
  }

  /** Makes all records of a group void. Durable when it resolves. */
  async destroy(group: string): Promise<void> {
    const part = partOf(this.#parts, group);
    const sequence = part.destroy();
    await this.#append(part, sequence, [], true);
  }

  /** Nothing is left of a destroyed group: the word of its end is not needed any more. */
  forget(group: string): void {
    const part = partOf(this.#parts, group);
    if (part.isDestroyed) part.trim(part.next);
  }

  async #append(
    part: Part,
    sequence: number,
    records: readonly Uint8Array[],
    destroyed: boolean,
  ): Promise<void> {
    const { group, reopened } = part;
    SharedRecord.encode(
      { group, sequence, records: records as Uint8Array[], destroyed, reopened },
      this.#writer,
    );
    part.placed(sequence, await this.#journal.append([this.#writer.cut()]));
    if (this.#journal.end >= this.#tidyAt && this.#tidying === null && !this.#closed)
      this.#tidying = this.#tidy()
        .catch((error: Error) => this.#host.fail(error))
        .finally(() => {
          this.#tidying = null;
        });
  }

  /** Gives room back. Runs beside the writes: nobody waits for it. */
  async #tidy(): Promise<void> {
    const { segmentBytes, bytesMax } = this.#options;
    this.#tidyAt = this.#journal.end + segmentBytes;
    await this.#trim();
    const { start, end } = this.#journal;
    if (end - start <= this.#limit) return;
    const before = this.#counters.movedBytes;
    const scanned = (await this.#moveUntil((start + end) / 2)) - start;
    await this.#trim();
    // Where nearly everything is needed there is little to win: the journal may then be twice as large as what is needed.
    const moved = this.#counters.movedBytes - before;
    const needed = (end - start) * Math.min(1, moved / Math.max(1, scanned));
    this.#limit = Math.max(bytesMax, 2 * needed);
    this.#tidyAt = this.#journal.end + Math.max(segmentBytes, moved);
  }

  async #trim(): Promise<void> {
    let oldest = this.#journal.end;
    for (const part of this.#parts.values()) oldest = Math.min(oldest, part.oldest);
    if (!this.#closed) await this.#journal.trim(oldest);
  }

  /** Writes again what is needed of everything before `until`. Answers up to where it came. */
  async #moveUntil(until: number): Promise<number> {
    let at = this.#journal.start;
    while (at < until && !this.#closed) {
      const excerpt = await this.#journal.read(at, moveBytes);
      if (excerpt === undefined || excerpt.records.length === 0 || this.#closed) break;
      const { next } = excerpt;
      this.#host.reach("raft-groups:before-move");
      await Promise.all(excerpt.records.map((bytes) => this.#move(bytes, at, next)));
      this.#host.reach("raft-groups:after-move");
      at = next;
    }
    return at;
  }

  async #move(bytes: Uint8Array, from: number, to: number): Promise<void> {
    const { group, sequence } = SharedRecord.decode(bytes);
    const part = this.#parts.get(group);
    if (part === undefined || !part.isAt(sequence, from, to)) return;
    this.#counters.moved++;
    this.#counters.movedBytes += bytes.length;
    part.placed(sequence, await this.#journal.append([bytes]));
  }

  metrics(): Readonly<Record<string, number>> {
    const { start, end } = this.#journal;
    return { ...this.#journal.metrics(), ...this.#counters, keptBytes: end - start };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#tidying;
    await this.#journal[Symbol.asyncDispose]();
  }
}

/** Group, number and lengths beside a record's content. */
const recordOverheadBytes = 512;

function partOf(parts: Map<string, Part>, group: string): Part {
  let part = parts.get(group);
  if (part === undefined) {
    part = new Part(group);
    parts.set(group, part);
  }
  return part;
}
