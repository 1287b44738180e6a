import fc from "fast-check";

/** Few replicas and small counters, so that vectors meet often; some ids that trip naive code. */
export const ids: readonly string[] = [
  "a",
  "b",
  "c",
  "10",
  "9",
  "__proto__",
  "é",
  "😀",
  "cells",
  "z".repeat(85),
];

export const id: fc.Arbitrary<string> = fc.constantFrom(...ids);

/** The model of a vector: a Map without zero entries. */
export type Model = ReadonlyMap<string, number>;

export const counter: fc.Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 20_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER) },
);

export const model: fc.Arbitrary<Model> = fc
  .uniqueArray(fc.tuple(id, counter), { selector: ([name]) => name, maxLength: ids.length })
  .map((entries) => new Map(entries));

export function dots(of: Model): { id: string; counter: number }[] {
  return [...of].map(([name, value]) => ({ id: name, counter: value }));
}

/** Every way of damaging bytes that a test tries: each cut, each bit flipped, some bytes more. */
export function* damaged(bytes: Uint8Array): IterableIterator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.slice(0, length);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const copy = bytes.slice();
    copy[bit >> 3]! ^= 1 << (bit & 7);
    yield copy;
  }
  yield Uint8Array.from([...bytes, 0]);
  yield Uint8Array.from([...bytes, ...bytes]);
}

/** The check as the format defines it (INTERNALS.md), spelled out independently of the encoders. */
export function forgedCheck(...parts: number[][]): number {
  let value = 0x811c9dc5 | 0;
  for (const part of parts) {
    for (let rest = part; rest.length > 0; ) {
      const take = rest.length >= 4 ? 4 : 1;
      const word = rest.slice(0, take).reduce((sum, byte, i) => sum + byte * 256 ** i, 0) | 0;
      value = Math.imul(value ^ word, 0x9e3779b1);
      value ^= value >>> 15;
      rest = rest.slice(take);
    }
  }
  return value >>> 0;
}

/** An encoding with these parts and a right check: what only a liar or a faulty encoder sends. */
export function forged(...parts: number[][]): Uint8Array {
  const body = parts.flat();
  const bytes = Uint8Array.from([...body, 0, 0, 0, 0]);
  new DataView(bytes.buffer).setUint32(body.length, forgedCheck(...parts), true);
  return bytes;
}
