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
