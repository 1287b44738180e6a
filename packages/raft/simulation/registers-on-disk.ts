import type { LogPosition, OnDiskStateMachine, ReplicaChanges, ReplicaRecords } from "@coterie/state-machine";
import { type Disk, type Journal, openJournal } from "@coterie/storage";
import { type Command, type History, Registers } from "./registers.ts";

/** What one `store` has written, or with `whole` everything there is. */
interface Written {
  readonly whole?: boolean;
  readonly values: readonly (readonly [key: string, value: number])[];
  readonly history: History;
  readonly records: readonly (readonly [key: string, base64: string | null])[];
}

/** Small, so that every world writes the whole state many times. */
const segmentBytes = 65_536;
const rewriteBytes = 40_000;
/** So much is written at once, unless a sync is asked for: long after the log has gone on. Then the replica waits. */
const storesHeld = 24;

/**
 * Registers that live in a file of their own: each `store` adds one record, with what it has changed, to a journal that
 * survives a crash up to some record. Writing goes on behind, and late: only `sync` waits for the disk.
 */
export class RegistersOnDisk
  extends Registers
  implements OnDiskStateMachine<Command, boolean, string, number | null>
{
  readonly isOnDisk = true;
  readonly #disk: Disk;
  readonly #folder: string;
  #journal: Journal | null = null;
  readonly #records: Map<string, Uint8Array> = new Map();
  #changed: Map<string, number> = new Map();
  /** What was stored and is still to be written. */
  #held: Written[] = [];
  #isStoring = false;
  /** Where the journal was written anew as a whole. */
  #wholeAt = 0;
  /** Everything that was written until now; what failed fails whoever asks later. */
  #written: Promise<unknown> = Promise.resolve();
  #failed: Error | undefined;

  constructor(disk: Disk, folder: string) {
    super();
    this.#disk = disk;
    this.#folder = folder;
  }

  async open(): Promise<ReplicaRecords> {
    this.#journal = await openJournal(this.#disk, {
      folder: this.#folder,
      segmentBytes,
      recordBytesMax: segmentBytes / 2,
      replay: (bytes) => this.#replay(JSON.parse(new TextDecoder().decode(bytes)) as Written),
    });
    this.#wholeAt = this.#journal.end;
    return new Map(this.#records);
  }

  #replay({ whole, values, history, records }: Written): void {
    if (whole) {
      this.values.clear();
      this.#records.clear();
    }
    for (const [key, value] of values) this.values.set(key, value);
    this.history = history;
    for (const [key, base64] of records) {
      if (base64 === null) this.#records.delete(key);
      else this.#records.set(key, Buffer.from(base64, "base64"));
    }
  }

  protected override set(key: string, value: number): void {
    super.set(key, value);
    this.#changed.set(key, value);
  }

  override apply(command: Command, at: LogPosition): boolean {
    if (this.#isStoring)
      throw new Error(`entry ${at.index} is applied while what stands before it is stored`);
    return super.apply(command, at);
  }

  override snapshot(): Iterable<Uint8Array> {
    if (this.#changed.size > 0) throw new Error("a snapshot is taken of what is not stored");
    return super.snapshot();
  }

  store(changes: ReplicaChanges): void | Promise<void> {
    if (this.#failed) throw this.#failed;
    for (const [key, value] of changes) {
      if (value === null) this.#records.delete(key);
      else this.#records.set(key, value);
    }
    const values = [...this.#changed];
    this.#changed = new Map();
    this.#held.push({ values, history: this.history, records: encoded(changes) });
    return this.#held.length >= storesHeld ? this.#storeHeld() : undefined;
  }

  async #storeHeld(): Promise<void> {
    this.#isStoring = true;
    await this.sync();
    this.#isStoring = false;
  }

  #flush(): void {
    for (const written of this.#held.splice(0)) this.#behind(this.#append(written));
    if (this.#journal!.end - this.#wholeAt > rewriteBytes) this.#rewrite();
  }

  /** Writes everything anew, as one record, which what comes before it then makes room for. */
  #rewrite(): void {
    this.#wholeAt = this.#journal!.end;
    const records = encoded(this.#records);
    const written = this.#append({ whole: true, values: [...this.values], history: this.history, records });
    this.#behind(written.then((position) => this.#journal!.trim(position)));
  }

  #append(written: Written): Promise<number> {
    return this.#journal!.append([new TextEncoder().encode(JSON.stringify(written))]);
  }

  /** Nobody waits for it now. */
  #behind(done: Promise<unknown>): void {
    this.#written = Promise.all([this.#written, done]);
    this.#written.catch((error: Error) => {
      this.#failed ??= error;
    });
  }

  async sync(): Promise<void> {
    this.#flush();
    await this.#written;
  }

  override async restore(
    chunks: AsyncIterable<Uint8Array>,
    records: ReplicaRecords = new Map(),
  ): Promise<void> {
    await super.restore(chunks);
    this.#changed = new Map();
    this.#held = [];
    this.#records.clear();
    for (const [key, value] of records) this.#records.set(key, value);
    this.#rewrite();
    await this.sync();
  }

  async close(): Promise<void> {
    await this.#journal?.[Symbol.asyncDispose]();
  }
}

function encoded(changes: ReplicaChanges): Written["records"] {
  return [...changes].map(([key, value]) => [key, value && Buffer.from(value).toString("base64")]);
}
