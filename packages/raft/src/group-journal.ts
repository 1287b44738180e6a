import type { Host } from "@coterie/host";
import { type Journal, openJournal } from "@coterie/storage";
import { FastWriter } from "@coterie/transport";
import type { Written } from "./core/effects.ts";
import { firstMembersOf } from "./core/first-members.ts";
import { sizeOf } from "./core/log.ts";
import { Recovery } from "./core/recovery.ts";
import { EntryPlaces, type Place } from "./entry-places.ts";
import { GroupStateError } from "./errors.ts";
import { type Bootstrap, type Configuration, Entry, JournalRecord, type SnapshotMeta } from "./gen/raft.ts";
import { RecordReader, tags } from "./record-reader.ts";

/** What of a journal must outlive its old segments: it is written again before room is given back. */
interface Lasting {
  readonly bootstrap: JournalRecord;
  hardState: JournalRecord | null;
  mark: JournalRecord | null;
}

/**
 * A group's journal: term and vote, entries, where the log begins, how far a state machine on disk is durable. Gives room
 * back once a compaction is durable.
 */
export class GroupJournal {
  readonly #host: Host;
  readonly #journal: Journal;
  readonly #lasting: Lasting;
  readonly #places: EntryPlaces;
  readonly #reader: RecordReader = new RecordReader();
  /** Where the last read stopped, and before which entry. */
  #cursor: Place | null = null;
  readonly #writer: FastWriter = new FastWriter();
  #trimming: Promise<void> = Promise.resolve();

  private constructor(host: Host, journal: Journal, lasting: Lasting, places: EntryPlaces) {
    this.#host = host;
    this.#journal = journal;
    this.#lasting = lasting;
    this.#places = places;
  }

  /** Throws `GroupStateError` when the folder belongs to another group, and what the disk throws. */
  static async open(
    host: Host,
    group: string,
    bootstrap: Bootstrap,
    sizes: { readonly segmentBytes: number; readonly commandBytesMax: number },
    open: typeof openJournal = openJournal,
  ): Promise<{
    readonly journal: GroupJournal;
    readonly recovery: Recovery;
    /** The members that the group began with. */
    readonly configuration: Configuration;
  }> {
    const recovery = new Recovery();
    const places = new EntryPlaces();
    const reader = new RecordReader();
    const found: { bootstrap?: Bootstrap; hardState?: JournalRecord; mark?: JournalRecord } = {};
    const journal = await open(host.disk, {
      folder: `raft/${group}/journal`,
      identity: `raft/${group}`,
      // The core bounds what is not committed, and what is in flight: the journal need not refuse on top of that.
      pendingBytesMax: 2 ** 31 - 1,
      segmentBytes: segmentBytesFor(sizes),
      recordBytesMax: sizes.commandBytesMax + recordOverheadBytes,
      replayReuses: true,
      replay: (bytes, position) => {
        const header = reader.header(bytes);
        if (header !== undefined) {
          places.note(header.index, header.index, position);
          return recovery.command(header, header.bytes);
        }
        const record = JournalRecord.decode(bytes.slice());
        if (record.record?.$case === "bootstrap") found.bootstrap = record.record.value;
        else if (record.record?.$case === "hardState") found.hardState = record;
        else if (record.record?.$case === "mark") found.mark = record;
        else if (record.record?.$case === "entry") {
          const { index } = record.record.value;
          places.note(index, index, position);
        }
        recovery.add(record);
      },
    });
    const record: JournalRecord = { record: { $case: "bootstrap", value: bootstrap } };
    try {
      if (found.bootstrap === undefined) await journal.append([JournalRecord.encode(record).finish()]);
      else checkBootstrap(found.bootstrap, bootstrap);
    } catch (error) {
      await journal[Symbol.asyncDispose]();
      throw error;
    }
    const configuration = bootstrap.configuration!;
    const { hardState = null, mark = null } = found;
    const lasting = { bootstrap: record, hardState, mark };
    return { journal: new GroupJournal(host, journal, lasting, places), recovery, configuration };
  }

  /** Resolves once the records are durable, in the order of the calls. */
  async persist(written: readonly Written[]): Promise<void> {
    let firstEntry: number | null = null;
    let lastEntry = 0;
    let compactedTo: number | null = null;
    let installed = false;
    const bytes: Uint8Array[] = [];
    for (const one of written) {
      if ("entries" in one) {
        firstEntry ??= one.entries[0]!.index;
        lastEntry = one.entries.at(-1)!.index;
      } else if (one.record?.$case === "hardState") this.#lasting.hardState = one;
      else if (one.record?.$case === "compacted") compactedTo = one.record.value.index;
      else if (one.record?.$case === "installed") installed = true;
    }
    if (compactedTo !== null || installed) {
      const { bootstrap, hardState, mark } = this.#lasting;
      for (const record of [bootstrap, hardState, mark]) if (record) bytes.push(this.#encode(record));
    }
    for (const one of written) {
      if ("entries" in one) for (const entry of one.entries) bytes.push(this.#encodeEntry(entry));
      else bytes.push(this.#encode(one));
    }
    const position = await this.#journal.append(bytes);
    if (installed) this.#places.clear();
    if (installed || (firstEntry !== null && firstEntry < (this.#cursor?.index ?? 0))) this.#cursor = null;
    if (firstEntry !== null) this.#places.note(firstEntry, lastEntry, position);
    if (compactedTo !== null)
      this.#trim(Math.min(this.#places.forgetBefore(compactedTo + 1) ?? position, position));
    else if (installed) this.#trim(position);
  }

  /** How far the state machine has said that it is durable. */
  get marked(): SnapshotMeta | null {
    const { mark } = this.#lasting;
    return mark?.record?.$case === "mark" ? mark.record.value : null;
  }

  /** The state machine has made durable what it applied up to there. Resolves once that is written down. */
  async mark(meta: SnapshotMeta): Promise<void> {
    const mark: JournalRecord = { record: { $case: "mark", value: meta } };
    this.#lasting.mark = mark;
    await this.#journal.append([this.#encode(mark)]);
  }

  #encode(record: JournalRecord): Uint8Array {
    JournalRecord.encode(record, this.#writer);
    return this.#writer.cut();
  }

  /** As `JournalRecord` would encode it. */
  #encodeEntry(entry: Entry): Uint8Array {
    Entry.encode(entry, this.#writer.uint32(tags.entry).fork()).join();
    return this.#writer.cut();
  }

  /**
   * Durable entries from `from` up to `to`, until `bytesMax` are read; none when they were given back meanwhile. Rejects
   * with what the journal rejects with.
   */
  async read(from: number, to: number, bytesMax: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let room = bytesMax; room > 0 && from + entries.length <= to; ) {
      const place = this.#placeOf(from + entries.length);
      if (place === undefined) break;
      const excerpt = await this.#journal.read(place.position, room);
      if (excerpt === undefined || excerpt.records.length === 0) break;
      const last = Math.min(to, place.last);
      for (const record of excerpt.records) {
        const wanted = from + entries.length;
        const entry = wanted <= last ? this.#entryIn(record, wanted) : undefined;
        if (entry === undefined) continue;
        entries.push(entry);
        room -= sizeOf(entry);
      }
      // What was read beyond the last one wanted must be read again.
      const next = from + entries.length;
      this.#cursor = next <= last ? { index: next, position: excerpt.next } : null;
    }
    return entries;
  }

  /** Where to read on for an entry. Most reads go on where the last one stopped. */
  #placeOf(index: number): { readonly position: number; readonly last: number } | undefined {
    const place = this.#places.locate(index);
    if (place === undefined || this.#cursor?.index !== index) return place;
    return { position: Math.max(place.position, this.#cursor.position), last: place.last };
  }

  /** The entry in a record if it has that index. */
  #entryIn(bytes: Uint8Array, index: number): Entry | undefined {
    const found = this.#reader.index(bytes);
    if (found !== undefined) return found === index ? this.#reader.command(bytes) : undefined;
    const { record } = JournalRecord.decode(bytes);
    return record?.$case === "entry" && record.value.index === index ? record.value : undefined;
  }

  /** Runs beside the writes: nobody waits for room to be given back. */
  #trim(position: number): void {
    this.#trimming = this.#trimming
      .then(() => this.#journal.trim(position))
      .catch((error: Error) => this.#host.fail(error));
  }

  metrics(): Readonly<Record<string, number>> {
    return this.#journal.metrics();
  }

  async close(): Promise<void> {
    await this.#trimming;
    await this.#journal[Symbol.asyncDispose]();
  }
}

/** What an entry's record takes beside the command, roomy; configurations are records as well. */
const recordOverheadBytes = 8_192;
const pageBytes = 4096;

/** A segment holds at least two of the largest records. */
export function segmentBytesFor({
  segmentBytes,
  commandBytesMax,
}: {
  segmentBytes: number;
  commandBytesMax: number;
}): number {
  const least = 2 * (commandBytesMax + recordOverheadBytes) + 2 * pageBytes;
  return Math.ceil(Math.max(segmentBytes, least) / pageBytes) * pageBytes;
}

function checkBootstrap(found: Bootstrap, wanted: Bootstrap): void {
  const names = ({ configuration }: Bootstrap): string =>
    (configuration && firstMembersOf(configuration)) || "none (added later)";
  if (names(found) !== names(wanted))
    throw new GroupStateError(
      `This folder belongs to group ${found.group} that began with voters ${names(found)}, not ${names(wanted)}. Give what it began with, also after members have changed, or an empty folder.`,
    );
  if (Boolean(found.witness) !== Boolean(wanted.witness))
    throw new GroupStateError(
      found.witness
        ? `This folder belongs to a witness of group ${found.group}: it holds no commands. Give its id as witness, or an empty folder and a new id.`
        : `This folder belongs to a full member of group ${found.group}, which cannot become a witness. Leave witness out, or give an empty folder and a new id.`,
    );
}
