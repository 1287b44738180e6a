import { RecordFormatError } from "./errors.ts";
import type { Session } from "./sessions.ts";

/*
 * Sessions as records beside a state on disk: `session/<id>` holds order, lastActive, forgotten; `answer/<id>/<sequence>`
 * holds order, then the answer's bytes. Numbers are float64, little endian. The order is the index of the entry that
 * touched the session last, or gave the answer: the order in which a replica in memory holds them, which is part of the
 * replicated state since it says who makes room for others.
 */

const sessionBytes = 24;

export function sessionKey(id: number): string {
  return `session/${id}`;
}

export function answerKey(id: number, sequence: number): string {
  return `answer/${id}/${sequence}`;
}

function encodeSession(order: number, { lastActive, forgotten }: Session): Uint8Array {
  const bytes = new Uint8Array(sessionBytes);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, order, true);
  view.setFloat64(8, lastActive, true);
  view.setFloat64(16, forgotten, true);
  return bytes;
}

function encodeAnswer(order: number, answer: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + answer.length);
  new DataView(bytes.buffer).setFloat64(0, order, true);
  bytes.set(answer, 8);
  return bytes;
}

/** Gathers what has changed since it was last stored: as much as was touched, however large the table is. */
export class SessionChanges {
  /** Sessions that were touched, and by the entry of which index last. */
  readonly #touched: Map<number, number> = new Map();
  readonly #records: Map<string, Uint8Array | null> = new Map();

  touched(id: number, index: number): void {
    this.#touched.set(id, index);
  }

  answered(id: number, sequence: number, index: number, answer: Uint8Array): void {
    this.#records.set(answerKey(id, sequence), encodeAnswer(index, answer));
  }

  forgotten(id: number, sequence: number): void {
    this.#records.set(answerKey(id, sequence), null);
  }

  ended(id: number, { answers }: Session): void {
    this.#touched.delete(id);
    this.#records.set(sessionKey(id), null);
    for (const sequence of answers.keys()) this.forgotten(id, sequence);
  }

  /** Hands them out and begins anew. */
  take(sessions: ReadonlyMap<number, Session>): Map<string, Uint8Array | null> {
    const changes = new Map(this.#records);
    for (const [id, index] of this.#touched)
      changes.set(sessionKey(id), encodeSession(index, sessions.get(id)!));
    this.clear();
    return changes;
  }

  clear(): void {
    this.#touched.clear();
    this.#records.clear();
  }
}

/**
 * The whole table. Its order stands for that of indexes: every session and every answer took an entry of its own, so
 * these numbers are below the index of whatever is applied next.
 */
export function recordsOf(sessions: ReadonlyMap<number, Session>): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  let order = 0;
  for (const [id, session] of sessions) {
    records.set(sessionKey(id), encodeSession(order++, session));
    let answered = 0;
    for (const [sequence, answer] of session.answers)
      records.set(answerKey(id, sequence), encodeAnswer(answered++, answer));
  }
  return records;
}

/** The table that records say. Records that are neither a session's nor an answer's are left alone. Throws `RecordFormatError`. */
export function sessionsFrom(records: ReadonlyMap<string, Uint8Array>): Map<number, Session> {
  const sessions: { readonly id: number; readonly order: number; readonly session: Session }[] = [];
  const answers = new Map<number, { sequence: number; order: number; answer: Uint8Array }[]>();
  for (const [key, bytes] of records) {
    const [kind, id, sequence] = key.split("/");
    if (kind !== "session" && kind !== "answer") continue;
    if (bytes.length < (kind === "session" ? sessionBytes : 8)) throw new RecordFormatError(key);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const order = view.getFloat64(0, true);
    if (kind === "session") {
      const session = {
        lastActive: view.getFloat64(8, true),
        forgotten: view.getFloat64(16, true),
        answers: new Map(),
      };
      sessions.push({ id: Number(id), order, session });
    } else {
      const given = answers.get(Number(id)) ?? [];
      given.push({ sequence: Number(sequence), order, answer: bytes.slice(8) });
      answers.set(Number(id), given);
    }
  }
  sessions.sort((a, b) => a.order - b.order);
  for (const { id, session } of sessions) {
    const given = answers.get(id) ?? [];
    answers.delete(id);
    for (const { sequence, answer } of given.sort((a, b) => a.order - b.order))
      session.answers.set(sequence, answer);
  }
  const [stray] = answers.keys();
  if (stray !== undefined) throw new RecordFormatError(`answer/${stray}`);
  return new Map(sessions.map(({ id, session }) => [id, session]));
}
