import type { Excerpt, Journal, Replay } from "@coterie/storage";
import { GroupStateError } from "../errors.ts";
import { SharedRecord } from "../gen/groups.ts";
import type { Part } from "./part.ts";

const readBytes = 262_144;
/** What a record counts beside its content. */
const overheadBytes = 8;

export interface ShareParts {
  readonly journal: Journal;
  readonly part: Part;
  /** Appends a record; resolves once it is durable. */
  readonly write: (sequence: number, records: readonly Uint8Array[]) => Promise<void>;
  /** Records of one append that go into one record of the journal: one at least, then as many as fit. */
  readonly recordBytesMax: number;
  /** The share is closed. */
  readonly closed: () => void;
}

/** One group's share of a journal, which looks like a journal of its own. Its positions are the numbers of its records. */
export class JournalShare implements Journal {
  readonly #journal: Journal;
  readonly #part: Part;
  readonly #parts: ShareParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ShareParts) {
    this.#journal = parts.journal;
    this.#part = parts.part;
    this.#parts = parts;
  }

  get start(): number {
    return this.#part.first;
  }

  get end(): number {
    return this.#part.durable;
  }

  get pendingBytes(): number {
    return this.#journal.pendingBytes;
  }

  /** Hands out what the journal holds of the group: as it was read at start, or from the disk when it is opened again. */
  async replay(replay: Replay): Promise<void> {
    const found = this.#part.takeFound();
    if (found === undefined) {
      for await (const { sequence, records } of this.#records(this.start))
        for (const record of records) replay(record, sequence);
      return;
    }
    for (const { sequence, records } of found) for (const record of records) replay(record, sequence);
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    const position = this.#part.next;
    const { write, recordBytesMax } = this.#parts;
    // In the order of the calls, however many records each is written as.
    const writing: Promise<unknown>[] = [this.#last];
    if (records.length === 0) writing.push(this.#journal.append([]));
    for (let at = 0; at < records.length; ) {
      const taken = fitting(records, at, recordBytesMax);
      at += taken.length;
      writing.push(write(this.#part.number(), taken));
    }
    const written = Promise.all(writing).then(() => position);
    this.#last = written.catch(() => {});
    return written;
  }

  async read(position: number, bytesMax: number): Promise<Excerpt | undefined> {
    if (position < this.start) return undefined;
    const read: Uint8Array[] = [];
    let bytes = 0;
    let next = position;
    for await (const { sequence, records } of this.#records(position)) {
      const size = records.reduce((sum, record) => sum + record.length, 0);
      if (read.length > 0 && bytes + size > bytesMax) break;
      read.push(...records);
      bytes += size;
      next = sequence + 1;
    }
    // Trimmed while it was read.
    return next === position && position < this.start ? undefined : { records: read, next };
  }

  /** The group's records from a number on: those of others stand between them. */
  async *#records(from: number): AsyncIterable<{ sequence: number; records: readonly Uint8Array[] }> {
    let next = from;
    while (next < this.#part.durable) {
      const position = this.#part.position(next);
      if (position === undefined) return;
      const excerpt = await this.#journal.read(position, readBytes);
      const from = next;
      for (const bytes of excerpt?.records ?? []) {
        const { group, sequence, records } = SharedRecord.decode(bytes);
        if (group !== this.#part.group || sequence !== next) continue;
        yield { sequence, records };
        next++;
      }
      // Moved, or trimmed, while it was read: look again where it stands.
      if (next === from && this.#part.position(next) === position)
        throw new GroupStateError(`Record ${next} of group ${this.#part.group} is not where it was written.`);
    }
  }

  async trim(position: number): Promise<void> {
    this.#part.trim(position);
  }

  metrics(): Readonly<Record<string, number>> {
    return { records: this.#part.next - this.#part.first };
  }

  /** Waits for what is being written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#parts.closed();
  }
}

function fitting(records: readonly Uint8Array[], from: number, bytesMax: number): Uint8Array[] {
  let bytes = 0;
  let to = from;
  for (; to < records.length; to++) {
    bytes += records[to]!.length + overheadBytes;
    if (to > from && bytes > bytesMax) break;
  }
  return records.slice(from, to);
}
