import type { Host } from "@coterie/host";
import { type Journal, openJournal } from "@coterie/storage";
import { FastWriter } from "@coterie/transport";
import { Recovery } from "./core/recovery.ts";
import { GroupStateError } from "./errors.ts";
import { type Bootstrap, type Configuration, JournalRecord } from "./gen/raft.ts";

/** Where in the journal the entries from `index` on begin. */
interface Mark {
  readonly index: number;
  readonly position: number;
}

/**
 * A group's journal: term and vote, entries, where the log begins. Gives room back once a compaction is durable; what
 * must outlive it (who the group is, term and vote) is written again before.
 */
export class GroupJournal {
  readonly #host: Host;
  readonly #journal: Journal;
  readonly #bootstrap: JournalRecord;
  #hardState: JournalRecord | null;
  /** Ascending in both. One for each write, so that a trim can find its segment. */
  #marks: Mark[];
  readonly #writer: FastWriter = new FastWriter();
  #trimming: Promise<void> = Promise.resolve();

  private constructor(
    host: Host,
    journal: Journal,
    bootstrap: JournalRecord,
    hardState: JournalRecord | null,
    marks: Mark[],
  ) {
    this.#host = host;
    this.#journal = journal;
    this.#bootstrap = bootstrap;
    this.#hardState = hardState;
    this.#marks = marks;
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
    const marks: Mark[] = [];
    const found: { bootstrap?: Bootstrap; hardState?: JournalRecord } = {};
    const journal = await open(host.disk, {
      folder: `raft/${group}/journal`,
      identity: `raft/${group}`,
      // The core bounds what is not committed, and what is in flight: the journal need not refuse on top of that.
      pendingBytesMax: 2 ** 31 - 1,
      segmentBytes: segmentBytesFor(sizes),
      recordBytesMax: sizes.commandBytesMax + recordOverheadBytes,
      replay: (bytes, position) => {
        const record = JournalRecord.decode(bytes);
        if (record.record?.$case === "bootstrap") found.bootstrap = record.record.value;
        else if (record.record?.$case === "hardState") found.hardState = record;
        else if (record.record?.$case === "entry") noteEvery(marks, record.record.value.index, position);
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
    return {
      journal: new GroupJournal(host, journal, record, found.hardState ?? null, marks),
      recovery,
      configuration,
    };
  }

  /** Resolves once the records are durable, in the order of the calls. */
  async persist(records: readonly JournalRecord[]): Promise<void> {
    let firstEntry: number | null = null;
    let compactedTo: number | null = null;
    let installed = false;
    const bytes: Uint8Array[] = [];
    for (const { record } of records) {
      if (record?.$case === "hardState") this.#hardState = { record };
      else if (record?.$case === "entry") firstEntry ??= record.value.index;
      else if (record?.$case === "compacted") compactedTo = record.value.index;
      else if (record?.$case === "installed") installed = true;
    }
    if (compactedTo !== null || installed) {
      bytes.push(this.#encode(this.#bootstrap));
      if (this.#hardState) bytes.push(this.#encode(this.#hardState));
    }
    for (const record of records) bytes.push(this.#encode(record));
    const position = await this.#journal.append(bytes);
    if (installed) this.#marks = [];
    if (firstEntry !== null) note(this.#marks, firstEntry, position);
    if (compactedTo !== null) this.#trim(this.#firstWanted(compactedTo, position));
    else if (installed) this.#trim(position);
  }

  #encode(record: JournalRecord): Uint8Array {
    JournalRecord.encode(record, this.#writer);
    return this.#writer.cut();
  }

  /** Where the write begins that holds the first entry behind `compactedTo`, or the compaction itself. */
  #firstWanted(compactedTo: number, compaction: number): number {
    let count = 0;
    while (count < this.#marks.length && this.#marks[count]!.index <= compactedTo + 1) count++;
    if (count > 1) this.#marks = this.#marks.slice(count - 1);
    return Math.min(this.#marks[0]?.position ?? compaction, compaction);
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

/** Entries from `index` on are written again from here: marks behind it are void. */
function note(marks: Mark[], index: number, position: number): void {
  while (marks.length > 0 && marks[marks.length - 1]!.index >= index) marks.pop();
  marks.push({ index, position });
}

/** On replay one mark for some hundred entries is enough: a trim is never exact. */
function noteEvery(marks: Mark[], index: number, position: number): void {
  const last = marks[marks.length - 1];
  if (last === undefined || index <= last.index || index >= last.index + 256) note(marks, index, position);
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
    configuration?.voters.map(({ id, witness }) => (witness ? `${id} (witness)` : id)).join(", ") ||
    "none (added later)";
  if (names(found) !== names(wanted))
    throw new GroupStateError(
      `This folder belongs to group ${found.group} that began with voters ${names(found)}, not ${names(wanted)}. Give the first voters, also after members have changed, or an empty folder.`,
    );
  if (Boolean(found.witness) !== Boolean(wanted.witness))
    throw new GroupStateError(
      found.witness
        ? `This folder belongs to a witness of group ${found.group}: it holds no commands. Give its id as witness, or an empty folder and a new id.`
        : `This folder belongs to a full member of group ${found.group}, which cannot become a witness. Leave witness out, or give an empty folder and a new id.`,
    );
}
