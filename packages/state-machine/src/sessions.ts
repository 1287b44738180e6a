import { AnswerForgottenError, SessionExpiredError } from "./errors.ts";
import type { ReplicaRecords } from "./on-disk.ts";
import { recordsOf, SessionChanges, sessionsFrom } from "./session-records.ts";
import { table } from "./session-table.ts";
import type { LogPosition } from "./state-machine.ts";

export interface SessionOptions {
  /** A session that has been idle for that much log time ends. Default: one hour. */
  readonly sessionTimeoutMs?: number;
  /** Beyond it the session that has been idle longest ends. Default: 10,000. */
  readonly sessionsMax?: number;
  /** Unacknowledged answers that are kept for one session. Default: 1,024. */
  readonly answersMax?: number;
}

export interface Session {
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

  /** What has changed since it was last asked for; null when nobody will. */
  readonly #changes: SessionChanges | null;

  /** With `keepsChanges` they must be taken now and then. */
  constructor(options: SessionOptions = {}, keepsChanges = false) {
    this.#timeoutMs = options.sessionTimeoutMs ?? 3_600_000;
    this.#sessionsMax = options.sessionsMax ?? 10_000;
    this.#answersMax = options.answersMax ?? 1_024;
    this.#changes = keepsChanges ? new SessionChanges() : null;
  }

  get size(): number {
    return this.#sessions.size;
  }

  open({ index, time }: LogPosition): void {
    this.expire(time);
    this.#sessions.set(index, { lastActive: time, forgotten: 0, answers: new Map() });
    this.#changes?.touched(index, index);
    if (this.#sessions.size > this.#sessionsMax) this.close(this.#sessions.keys().next().value!);
  }

  close(id: number): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    this.#changes?.ended(id, session);
  }

  /** Ends what has been idle for too long. O(ended). */
  expire(time: number): void {
    for (const [id, { lastActive }] of this.#sessions) {
      if (time - lastActive <= this.#timeoutMs) return;
      this.close(id);
    }
  }

  /**
   * Answers from memory, or applies and remembers. Throws `SessionExpiredError` or `AnswerForgottenError`, the same
   * on every replica.
   */
  once(id: number, sequence: number, answered: number, at: LogPosition, apply: () => Uint8Array): Uint8Array {
    this.expire(at.time);
    const session = this.#sessions.get(id);
    if (session === undefined) throw new SessionExpiredError(id);
    this.#touch(id, session, at);
    const kept = session.answers.get(sequence);
    if (kept !== undefined) return kept;
    if (sequence <= session.forgotten) throw new AnswerForgottenError(id, sequence);
    const answer = apply();
    session.answers.set(sequence, answer);
    this.#changes?.answered(id, sequence, at.index, answer);
    this.#forget(id, session, answered);
    return answer;
  }

  #touch(id: number, session: Session, { index, time }: LogPosition): void {
    session.lastActive = time;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    this.#changes?.touched(id, index);
  }

  #forget(id: number, session: Session, answered: number): void {
    session.forgotten = Math.max(session.forgotten, answered);
    // Answers stand in the order in which their commands were applied, which is nearly that of their numbers.
    for (const sequence of session.answers.keys()) {
      const tooMany = session.answers.size > this.#answersMax;
      if (sequence > session.forgotten && !tooMany) return;
      session.answers.delete(sequence);
      session.forgotten = Math.max(session.forgotten, sequence);
      this.#changes?.forgotten(id, sequence);
    }
  }

  save(): Uint8Array {
    return table.encode([...this.#sessions]);
  }

  /** Throws when the bytes are no table. */
  load(bytes: Uint8Array): void {
    this.#sessions = new Map(table.decode(bytes));
    this.#changes?.clear();
  }

  /** What has changed since the last call. */
  takeChanges(): Map<string, Uint8Array | null> {
    return this.#changes?.take(this.#sessions) ?? new Map();
  }

  /** Everything, as records. */
  records(): Map<string, Uint8Array> {
    return recordsOf(this.#sessions);
  }

  /** Throws `RecordFormatError`. */
  loadRecords(records: ReplicaRecords): void {
    this.#sessions = sessionsFrom(records);
    this.#changes?.clear();
  }
}
