import { decodeCommand } from "./command.ts";
import { NoJsonError, RecordFormatError, SnapshotFormatError } from "./errors.ts";
import type { AppliedPosition, OnDiskStateMachine } from "./on-disk.ts";
import { type SessionOptions, Sessions } from "./sessions.ts";
import { SnapshotReader } from "./snapshot-reader.ts";
import type { ByteCodec, LogPosition, StateMachine } from "./state-machine.ts";

/** In memory, or on a disk. */
export type AnyStateMachine<Command, Result, Query, Answer> =
  | StateMachine<Command, Result, Query, Answer>
  | OnDiskStateMachine<Command, Result, Query, Answer>;

/** What became of a log entry. */
export type Outcome<Result> =
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "session"; readonly session: number }
  | { readonly type: "closed" }
  /** The same on every replica: the session or the answer is gone. */
  | { readonly type: "refused"; readonly error: Error };

/**
 * A state machine with its sessions: what one member of a replicated log holds. Raft and Paxos drive it alike, so an
 * app can swap one for the other, and snapshots of one can be read by the other.
 */
export class Replica<Command, Result, Query, Answer> {
  readonly #machine: AnyStateMachine<Command, Result, Query, Answer>;
  readonly #sessions: Sessions;
  #isOpen = false;

  constructor(machine: AnyStateMachine<Command, Result, Query, Answer>, options: SessionOptions = {}) {
    this.#machine = machine;
    this.#sessions = new Sessions(options, machine.isOnDisk);
  }

  /** Whether the state machine keeps its state on a disk itself. */
  get isOnDisk(): boolean {
    return this.#machine.isOnDisk === true;
  }

  /**
   * Finds the state as it was stored last: answers up to where the log is applied; null when there is nothing, as always
   * with a state machine in memory. Throws `RecordFormatError`, and what the state machine throws.
   */
  async open(): Promise<AppliedPosition | null> {
    if (!this.#machine.isOnDisk) return null;
    const records = await this.#machine.open();
    this.#isOpen = true;
    const position = records.get(positionKey);
    if (position === undefined) return null;
    this.#sessions.loadRecords(records);
    return decodePosition(position);
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** Applies one log entry. Throws what the state machine throws, and `CommandFormatError`: both stop a node. */
  apply(entry: Uint8Array, at: LogPosition): Outcome<Result> {
    const logged = decodeCommand(entry);
    switch (logged.kind) {
      case "plain":
        return { type: "result", result: this.#run(logged.command, at) };
      case "open":
        this.#sessions.open(at);
        return { type: "session", session: at.index };
      case "close":
        this.#sessions.close(logged.session);
        return { type: "closed" };
      case "once":
        return this.#once(logged.session, logged.sequence, logged.answered, logged.command, at);
    }
  }

  #run(command: Uint8Array, at: LogPosition): Result {
    return this.#machine.apply(this.#machine.commands.decode(command), at);
  }

  #once(
    session: number,
    sequence: number,
    answered: number,
    command: Uint8Array,
    at: LogPosition,
  ): Outcome<Result> {
    const { results } = this.#machine;
    let failure: { readonly error: unknown } | undefined;
    try {
      const answer = this.#sessions.once(session, sequence, answered, at, () => {
        try {
          return encodeResult(results, this.#run(command, at));
        } catch (error) {
          failure = { error };
          throw error;
        }
      });
      return { type: "result", result: results.decode(answer) };
    } catch (error) {
      if (failure) throw failure.error;
      return { type: "refused", error: error as Error };
    }
  }

  query(query: Query): Answer {
    return this.#machine.query(query);
  }

  /**
   * Stores what was applied, up to `at`, if it is on disk: state, sessions and position, all or nothing. Nothing may be
   * applied before a promise has resolved.
   */
  store(at: AppliedPosition): void | Promise<void> {
    if (!this.#machine.isOnDisk) return;
    const changes = this.#sessions.takeChanges();
    changes.set(positionKey, encodePosition(at));
    return this.#machine.store(changes);
  }

  /** Makes durable what was stored, if it is on disk. */
  async sync(): Promise<void> {
    if (this.#machine.isOnDisk) await this.#machine.sync();
  }

  /** Closes a state machine on disk, once, if it was opened. */
  async close(): Promise<void> {
    if (!this.#isOpen || !this.#machine.isOnDisk) return;
    this.#isOpen = false;
    await this.#machine.close();
  }

  /** The session table first, with its length before it, then the state machine's own chunks. */
  snapshot(): AsyncIterable<Uint8Array> {
    const sessions = this.#sessions.save();
    const header = new Uint8Array(4 + sessions.length);
    new DataView(header.buffer).setUint32(0, sessions.length, true);
    header.set(sessions, 4);
    const chunks = this.#machine.snapshot();
    return (async function* () {
      yield header;
      yield* chunks;
    })();
  }

  /** Replaces the state by a snapshot as of `at`. Throws `SnapshotFormatError`, or what the state machine throws. */
  async restore(chunks: AsyncIterable<Uint8Array>, at: AppliedPosition): Promise<void> {
    const reader = new SnapshotReader(chunks);
    try {
      await this.#restore(reader, at);
    } finally {
      // A state machine need not read to the end; whoever gives the chunks must learn that nobody reads on.
      await reader.close();
    }
  }

  async #restore(reader: SnapshotReader, at: AppliedPosition): Promise<void> {
    const length = await reader.take(4);
    const table = await reader.take(new DataView(length.buffer, length.byteOffset, 4).getUint32(0, true));
    try {
      this.#sessions.load(table);
    } catch {
      throw new SnapshotFormatError("The session table of a snapshot cannot be read");
    }
    if (!this.#machine.isOnDisk) return this.#machine.restore(reader.rest());
    const records = this.#sessions.records();
    records.set(positionKey, encodePosition(at));
    await this.#machine.restore(reader.rest(), records);
  }
}

/**
 * The command has happened already, on every replica: a state machine that answers nothing must not stop them all because
 * JSON has no word for that.
 */
function encodeResult<Result>(results: ByteCodec<Result>, result: Result): Uint8Array {
  try {
    return results.encode(result);
  } catch (error) {
    if (error instanceof NoJsonError) return results.encode(null as Result);
    throw error;
  }
}

const positionKey = "position";

/** Index, term, time: float64 each, little endian. */
function encodePosition({ index, term, time }: AppliedPosition): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, index, true);
  view.setFloat64(8, term, true);
  view.setFloat64(16, time, true);
  return bytes;
}

function decodePosition(bytes: Uint8Array): AppliedPosition {
  if (bytes.length !== 24) throw new RecordFormatError(positionKey);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [index, term, time] = [view.getFloat64(0, true), view.getFloat64(8, true), view.getFloat64(16, true)];
  if (![index, term, time].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new RecordFormatError(positionKey);
  return { index, term, time };
}
