import type { Disk, DiskFile } from "../disk.ts";
import {
  InvalidOptionError,
  JournalClosedError,
  JournalFailedError,
  JournalFullError,
  JournalOverloadedError,
  RecordTooLargeError,
} from "../errors.ts";
import { Batch } from "./batch.ts";
import { encodeMark, frameBytes, identityHash, recordHeaderBytes, segmentHeaderBytes } from "./format.ts";
import type { Journal } from "./journal.ts";
import type { JournalSettings } from "./options.ts";
import { type Excerpt, readExcerpt } from "./read.ts";
import type { Tail } from "./recovery.ts";
import type { Segment } from "./segment.ts";
import { Segments } from "./segments.ts";

/** Commits appends in batches: one write and one sync for all that came while the last batch was on its way. */
export class GroupCommitter implements Journal {
  readonly #disk: Disk;
  readonly #settings: JournalSettings;
  readonly #identity: number;
  readonly #segments: Segments;
  #segment: Segment;
  #file: DiskFile;
  /** Where in the file the next record goes. */
  #offset: number;
  /** Everything before this position is durable. Only ever grows. */
  #durable: number;
  /** Whether a mark behind the last record says how far the journal is durable. */
  #marked: boolean;
  #marking: Promise<void> = Promise.resolve();
  #filling: Batch = new Batch();
  #writing: Batch = new Batch();
  #running: Promise<void> | undefined;
  #failure: JournalFailedError | undefined;
  #closing: Promise<void> | undefined;
  readonly #counts = { appends: 0, records: 0, bytes: 0, syncs: 0 };

  constructor(disk: Disk, settings: JournalSettings, tail: Tail, file: DiskFile) {
    this.#disk = disk;
    this.#settings = settings;
    this.#identity = identityHash(settings.identity);
    this.#segments = new Segments(disk, settings, tail.used);
    this.#segment = tail.segment;
    this.#file = file;
    this.#offset = tail.offset;
    this.#durable = tail.segment.base + tail.offset;
    this.#marked = tail.marked;
    this.#mark();
  }

  get start(): number {
    return this.#segments.start;
  }

  get end(): number {
    return this.#durable;
  }

  get pendingBytes(): number {
    return this.#filling.pendingBytes + this.#writing.pendingBytes;
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    let frames = 0;
    let longest = 0;
    for (const record of records) {
      frames += frameBytes(record.length);
      longest = Math.max(longest, record.length);
    }
    const refusal = this.#refusal(longest, frames);
    if (refusal) return Promise.reject(refusal);
    this.#counts.appends++;
    this.#counts.records += records.length;
    const durable = this.#filling.add(records, frames);
    this.#running ??= this.#run();
    return durable;
  }

  async read(position: number, bytesMax: number): Promise<Excerpt | undefined> {
    if (this.#closing) throw new JournalClosedError();
    const end = this.#durable;
    for (let at = position; ; ) {
      if (at >= end) return { records: [], next: at };
      const segment = this.#segments.holding(at);
      const excerpt = segment && (await readExcerpt(this.#disk, segment, this.#identity, at, end, bytesMax));
      if (excerpt === undefined || excerpt.records.length > 0) return excerpt;
      at = excerpt.next;
    }
  }

  async trim(position: number): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#closing) throw new JournalClosedError();
    if (!Number.isSafeInteger(position) || position < 0)
      throw new InvalidOptionError(`a position is a safe integer from 0 on, not ${position}`);
    await this.#segments.trim(position);
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.#counts, segments: this.#segments.count, pendingBytes: this.pendingBytes };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #refusal(longest: number, frames: number): Error | undefined {
    if (this.#failure) return this.#failure;
    if (this.#closing) return new JournalClosedError();
    const { recordBytesMax, pendingBytesMax } = this.#settings;
    if (longest > recordBytesMax)
      return new RecordTooLargeError(
        `a record of ${longest} bytes is above recordBytesMax, ${recordBytesMax}`,
      );
    if (this.pendingBytes + frames > pendingBytesMax)
      return new JournalOverloadedError(
        `${frames} bytes more than the ${this.pendingBytes} that wait would be above pendingBytesMax, ${pendingBytesMax}`,
      );
    return undefined;
  }

  /** Commits batch after batch until nothing waits. */
  async #run(): Promise<void> {
    // Whatever is appended in this turn of the event loop shall be in the first batch.
    await null;
    while (!this.#filling.empty) {
      [this.#writing, this.#filling] = [this.#filling, this.#writing];
      try {
        await this.#commit(this.#writing);
      } catch (error) {
        this.#rejectAll(error as Error);
      }
      this.#writing.clear();
      // Who has just got an answer may append at once, and then there is no need for a mark.
      await null;
    }
    this.#running = undefined;
    this.#mark();
  }

  async #commit(batch: Batch): Promise<void> {
    // A record behind a mark that was not written would be out of reach: its write must have succeeded.
    await this.#marking;
    let from = 0;
    do {
      const position = this.#segment.base + this.#offset;
      // Room for a mark always stays.
      const room = this.#segment.bytes - this.#offset - recordHeaderBytes;
      const to = batch.seal(from, room, position, this.#durable, this.#identity);
      if (to > from) await this.#write(batch.bytes(from, to));
      else if (batch.length > from) await this.#advance();
      batch.settle(from, to, position);
      from = to;
    } while (from < batch.length);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await Promise.all([this.#file.write(this.#offset, [bytes]), this.#file.sync()]);
    this.#offset += bytes.length;
    this.#durable = this.#segment.base + this.#offset;
    this.#marked = false;
    this.#counts.bytes += bytes.length;
    this.#counts.syncs++;
    if (this.#offset > this.#segment.bytes / 2) this.#segments.prepare();
  }

  async #advance(): Promise<void> {
    const next = await this.#segments.advance();
    const file = await this.#disk.open(next.path);
    await this.#file.close();
    this.#segment = next;
    this.#file = file;
    this.#offset = segmentHeaderBytes;
  }

  /**
   * Writes, without waiting for it to be durable, that all records so far are: see `recovery.ts`. Only an idle
   * journal does, a busy one's next record says the same.
   */
  #mark(): void {
    if (this.#marked || this.#failure || this.#offset === segmentHeaderBytes) return;
    const mark = encodeMark(this.#segment.base + this.#offset, this.#durable, this.#identity);
    this.#marking = this.#file.write(this.#offset, [mark]);
    this.#marking.catch((cause: unknown) => this.#fail(cause as Error));
    this.#offset += mark.length;
    this.#marked = true;
  }

  #rejectAll(error: Error): void {
    const reason = error instanceof JournalFullError ? error : this.#fail(error);
    this.#writing.reject(reason);
    this.#filling.reject(reason);
    this.#filling.clear();
  }

  #fail(cause: Error): JournalFailedError {
    this.#failure ??= new JournalFailedError(
      `the journal in ${this.#settings.folder || "the root folder"} cannot go on, what the disk holds is unknown: ${cause.message}`,
      { cause },
    );
    return this.#failure;
  }

  async #close(): Promise<void> {
    await this.#running;
    await this.#segments.settled();
    try {
      await this.#marking;
      if (!this.#failure) await this.#file.sync();
    } catch {
      // Every append has its answer. What is lost here is a mark at most.
    }
    await this.#file.close();
  }
}
