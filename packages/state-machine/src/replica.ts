import { decodeCommand } from "./command.ts";
import { SnapshotFormatError } from "./errors.ts";
import { type SessionOptions, Sessions } from "./sessions.ts";
import type { LogPosition, StateMachine } from "./state-machine.ts";

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
  readonly #machine: StateMachine<Command, Result, Query, Answer>;
  readonly #sessions: Sessions;

  constructor(machine: StateMachine<Command, Result, Query, Answer>, options: SessionOptions = {}) {
    this.#machine = machine;
    this.#sessions = new Sessions(options);
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
        this.#sessions.open(at.index, at.time);
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
      const answer = this.#sessions.once(session, sequence, answered, at.time, () => {
        try {
          return results.encode(this.#run(command, at));
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

  /** Throws `SnapshotFormatError`, or what the state machine throws. */
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const reader = new Reader(chunks);
    try {
      await this.#restore(reader);
    } finally {
      // A state machine need not read to the end; whoever gives the chunks must learn that nobody reads on.
      await reader.close();
    }
  }

  async #restore(reader: Reader): Promise<void> {
    const length = await reader.take(4);
    const table = await reader.take(new DataView(length.buffer, length.byteOffset, 4).getUint32(0, true));
    try {
      this.#sessions.load(table);
    } catch {
      throw new SnapshotFormatError("The session table of a snapshot cannot be read");
    }
    await this.#machine.restore(reader.rest());
  }
}

/** Reads exact lengths off a sequence of chunks. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    for (;;) {
      const part = this.#left.subarray(0, missing);
      this.#left = this.#left.subarray(part.length);
      parts.push(part);
      missing -= part.length;
      if (missing === 0) break;
      const { done, value } = await this.#chunks.next();
      if (done) throw new SnapshotFormatError(`A snapshot ends ${missing} bytes too early`);
      this.#left = value;
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async *rest(): AsyncIterable<Uint8Array> {
    if (this.#left.length > 0) yield this.#left;
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return;
      yield value;
    }
  }
}
