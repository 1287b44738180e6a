import type { Host } from "@coterie/host";
import { type Journal, openJournal } from "@coterie/storage";
import { FastWriter } from "@coterie/transport";
import { ReplicaRecord } from "../gen/replica.ts";

export interface ReplicaJournalOptions {
  readonly name: string;
  readonly segmentBytes: number;
  readonly recordBytesMax: number;
}

const pageBytes = 4_096;
/** Beside key and value, roomy. */
const recordOverheadBytes = 1_024;
/** The journal is written anew when it holds so many times the records that are needed, and this many more. */
const garbageFactor = 4;
const garbageMin = 1_024;

/** What a map keeps on disk: every change in order, written anew from the whole state when most of it is outdated. */
export class ReplicaJournal {
  readonly #host: Host;
  readonly #journal: Journal;
  readonly #writer: FastWriter = new FastWriter();
  /** Records since the whole state was written. */
  #records: number;
  #trimming: Promise<void> = Promise.resolve();

  private constructor(host: Host, journal: Journal, records: number) {
    this.#host = host;
    this.#journal = journal;
    this.#records = records;
  }

  static async open(
    host: Host,
    { name, segmentBytes, recordBytesMax }: ReplicaJournalOptions,
  ): Promise<{ readonly journal: ReplicaJournal; readonly found: readonly ReplicaRecord[] }> {
    const found: ReplicaRecord[] = [];
    const longest = recordBytesMax + recordOverheadBytes;
    const journal = await openJournal(host.disk, {
      folder: `gossip/${name}`,
      identity: `gossip/${name}`,
      segmentBytes: Math.ceil(Math.max(segmentBytes, 2 * longest + 2 * pageBytes) / pageBytes) * pageBytes,
      recordBytesMax: longest,
      // The map bounds its entries, and so what a whole state takes.
      pendingBytesMax: 2 ** 31 - 1,
      replay: (bytes) => void found.push(ReplicaRecord.decode(bytes)),
    });
    return { journal: new ReplicaJournal(host, journal, found.length), found };
  }

  /** Resolves once the records are durable, in the order of the calls. `whole` is what they left, all of it. */
  async persist(
    records: readonly ReplicaRecord[],
    whole: { size: number; records(): Iterable<ReplicaRecord> },
  ): Promise<void> {
    this.#records += records.length;
    const written = this.#journal.append(records.map((record) => this.#encode(record)));
    if (this.#records < garbageMin + garbageFactor * whole.size) {
      await written;
      return;
    }
    const state = [...whole.records()].map((record) => this.#encode(record));
    this.#records = state.length;
    const rewritten = this.#journal.append(state);
    await written;
    const position = await rewritten;
    // Runs beside the writes: nobody waits for room to be given back.
    this.#trimming = this.#trimming
      .then(() => this.#journal.trim(position))
      .catch((error: Error) => this.#host.fail(error));
  }

  #encode(record: ReplicaRecord): Uint8Array {
    ReplicaRecord.encode(record, this.#writer);
    return this.#writer.cut();
  }

  async close(): Promise<void> {
    await this.#trimming;
    await this.#journal[Symbol.asyncDispose]();
  }
}
