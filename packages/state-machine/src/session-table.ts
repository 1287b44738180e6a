import type { Session } from "./sessions.ts";
import type { ByteCodec } from "./state-machine.ts";

/**
 * The table as bytes: count, then for each session id, lastActive, forgotten, number of answers, and for each answer
 * its sequence, length and bytes. All numbers are float64, little endian.
 */
export const table: ByteCodec<[number, Session][]> = {
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
