import { AnswerForgottenError, SessionExpiredError } from "./errors.ts";
import type { ByteCodec } from "./state-machine.ts";

export interface SessionOptions {
  /** A session that has been idle for that much log time ends. Default: one hour. */
  readonly sessionTimeoutMs?: number;
  /** Beyond it the session that has been idle longest ends. Default: 10,000. */
  readonly sessionsMax?: number;
  /** Unacknowledged answers that are kept for one session. Default: 1,024. */
  readonly answersMax?: number;
}

interface Session {
  lastActive: number;
  /** Answers up to here are forgotten: they have arrived, or were too many. */
  forgotten: number;
  readonly answers: Map<number, Uint8Array>;
}

/**
 * Remembers the answers of commands by session and sequence number, so that a command which a client had to send
 * again is answered rather than applied twice (Ongaro's thesis, §6.3). Part of the replicated state: every replica
 * holds the same table, and it travels in snapshots. Sessions expire by log time, never by a local clock.
 */
export class Sessions {
  readonly #timeoutMs: number;
  readonly #sessionsMax: number;
  readonly #answersMax: number;
  /** In the order of their last activity: the first is the one idle longest. */
  #sessions: Map<number, Session> = new Map();

  constructor(options: SessionOptions = {}) {
    this.#timeoutMs = options.sessionTimeoutMs ?? 3_600_000;
    this.#sessionsMax = options.sessionsMax ?? 10_000;
    this.#answersMax = options.answersMax ?? 1_024;
  }

  get size(): number {
    return this.#sessions.size;
  }

  open(id: number, time: number): void {
    this.expire(time);
    this.#sessions.set(id, { lastActive: time, forgotten: 0, answers: new Map() });
    if (this.#sessions.size > this.#sessionsMax) this.#sessions.delete(this.#sessions.keys().next().value!);
  }

  close(id: number): void {
    this.#sessions.delete(id);
  }

  /** Ends what has been idle for too long. O(ended). */
  expire(time: number): void {
    for (const [id, { lastActive }] of this.#sessions) {
      if (time - lastActive <= this.#timeoutMs) return;
      this.#sessions.delete(id);
    }
  }

  /**
   * Answers from memory, or applies and remembers. Throws `SessionExpiredError` or `AnswerForgottenError`, the same
   * on every replica.
   */
  once(id: number, sequence: number, answered: number, time: number, apply: () => Uint8Array): Uint8Array {
    this.expire(time);
    const session = this.#sessions.get(id);
    if (session === undefined) throw new SessionExpiredError(id);
    this.#touch(id, session, time);
    const kept = session.answers.get(sequence);
    if (kept !== undefined) return kept;
    if (sequence <= session.forgotten) throw new AnswerForgottenError(id, sequence);
    const answer = apply();
    session.answers.set(sequence, answer);
    this.#forget(session, answered);
    return answer;
  }

  #touch(id: number, session: Session, time: number): void {
    session.lastActive = time;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
  }

  #forget(session: Session, answered: number): void {
    session.forgotten = Math.max(session.forgotten, answered);
    // Answers stand in the order in which their commands were applied, which is nearly that of their numbers.
    for (const sequence of session.answers.keys()) {
      const tooMany = session.answers.size > this.#answersMax;
      if (sequence > session.forgotten && !tooMany) return;
      session.answers.delete(sequence);
      session.forgotten = Math.max(session.forgotten, sequence);
    }
  }

  save(): Uint8Array {
    return table.encode([...this.#sessions]);
  }

  /** Throws when the bytes are no table. */
  load(bytes: Uint8Array): void {
    this.#sessions = new Map(table.decode(bytes));
  }
}

/**
 * The table as bytes: count, then for each session id, lastActive, forgotten, number of answers, and for each answer
 * its sequence, length and bytes. All numbers are float64, little endian.
 */
const table: ByteCodec<[number, Session][]> = {
  encode(sessions) {
    let size = 8;
    for (const [, { answers }] of sessions) {
      size += 32;
      for (const answer of answers.values()) size += 16 + answer.length;
    }
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    let at = 0;
    const number = (value: number): void => {
      view.setFloat64(at, value, true);
      at += 8;
    };
    number(sessions.length);
    for (const [id, { lastActive, forgotten, answers }] of sessions) {
      for (const value of [id, lastActive, forgotten, answers.size]) number(value);
      for (const [sequence, answer] of answers) {
        number(sequence);
        number(answer.length);
        bytes.set(answer, at);
        at += answer.length;
      }
    }
    return bytes;
  },
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const number = (): number => {
      at += 8;
      return view.getFloat64(at - 8, true);
    };
    const sessions: [number, Session][] = [];
    for (let count = number(); count > 0; count--) {
      const id = number();
      const session: Session = { lastActive: number(), forgotten: number(), answers: new Map() };
      for (let answers = number(); answers > 0; answers--) {
        const sequence = number();
        const length = number();
        session.answers.set(sequence, bytes.slice(at, at + length));
        at += length;
      }
      sessions.push([id, session]);
    }
    return sessions;
  },
};
