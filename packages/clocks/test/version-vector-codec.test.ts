import test from "ava";
import fc from "fast-check";
import {
  compare,
  decodeVersionVector,
  encodeVersionVector,
  encodeVersionVectorInto,
  versionVector,
  versionVectorBytesMax,
} from "../src/index.ts";
import { damaged, dots, forged, model } from "./arbitraries.ts";

test("decoding gives back the vector, and equal vectors have equal bytes", (t) => {
  fc.assert(
    fc.property(model, (of) => {
      const entries = dots(of);
      const a = versionVector(entries);
      const b = versionVector([...entries].reverse());
      const bytes = encodeVersionVector(a);
      t.deepEqual(encodeVersionVector(b), bytes);
      for (let again = 0; again < 2; again++) {
        const decoded = decodeVersionVector(bytes);
        t.is(compare(decoded, a), "equal");
        t.deepEqual(decoded.toJSON(), a.toJSON());
        t.deepEqual(encodeVersionVector(decoded), bytes);
      }
    }),
  );
});

test("every cut and every flipped bit is noticed", (t) => {
  fc.assert(
    fc.property(model, (of) => {
      const bytes = encodeVersionVector(versionVector(dots(of)));
      decodeVersionVector(bytes);
      for (const bad of damaged(bytes)) {
        t.throws(() => decodeVersionVector(bad), { code: "CLOCKS_MALFORMED_BYTES" });
      }
    }),
    { numRuns: 25 },
  );
});

test("random bytes are refused, at once and without large allocations", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      t.throws(() => decodeVersionVector(noise), { code: "CLOCKS_MALFORMED_BYTES" });
      t.throws(() => decodeVersionVector(Uint8Array.from([0x11, 0xff, 0xff, 0x7f, ...noise])), {
        code: "CLOCKS_MALFORMED_BYTES",
      });
    }),
  );
  t.throws(() => decodeVersionVector("bytes" as never), { code: "CLOCKS_INVALID_ARGUMENT" });
});

test("well-formed but not canonical: refused even with a right check", (t) => {
  // The check of an encoding is that of its header continued over the counters.
  const forge = (header: number[], counters: number[]): Uint8Array => forged(header, counters);
  const a = [1, 0x61];
  const b = [1, 0x62];
  t.is(decodeVersionVector(forge([0x11, 1, ...a], [5])).get("a"), 5, "the forger forges well");
  const cases: Record<string, Uint8Array> = {
    "ids out of order": forge([0x11, 2, ...b, ...a], [1, 1]),
    "an id twice": forge([0x11, 2, ...a, ...a], [1, 1]),
    "an empty id": forge([0x11, 1, 0], [1, 1]),
    "an id that is not UTF-8": forge([0x11, 1, 1, 0xff], [1]),
    "a counter of 0": forge([0x11, 1, ...a], [0]),
    "a counter in a longer form": forge([0x11, 1, ...a], [0x85, 0]),
    "a counter in a much longer form": forge([0x11, 1, ...a], [0x85, 0x80, 0x80, 0]),
    "a counter beyond 2^53 - 1": forge([0x11, 1, ...a], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    "a counter that does not end": forge([0x11, 1, ...a], [0xff, 0xff, 0xff]),
    "a missing counter": forge([0x11, 2, ...a, ...b], [1]),
    "a counter too many": forge([0x11, 1, ...a], [1, 1]),
    "a count in a longer form": forge([0x11, 0x81, 0, ...a], [1]),
    "more entries than bytes": forge([0x11, 0xff, 0xff, 3, ...a], [1]),
    "another kind": forge([0x12, 1, ...a], [1]),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    t.throws(() => decodeVersionVector(bytes), { code: "CLOCKS_MALFORMED_BYTES" }, what);
  }
});

test("encodes into a message's buffer, and refuses one that is too short", (t) => {
  const vector = versionVector({ a: 1, b: 300, c: Number.MAX_SAFE_INTEGER });
  const target = new Uint8Array(5 + versionVectorBytesMax(vector));
  const end = encodeVersionVectorInto(vector, target, 5);
  t.deepEqual(target.subarray(5, end), encodeVersionVector(vector));
  t.throws(() => encodeVersionVectorInto(vector, target, 6), { code: "CLOCKS_INVALID_ARGUMENT" });
  for (const at of [Number.NaN, -1, 0.5]) {
    t.throws(() => encodeVersionVectorInto(vector, target, at), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
});

test("a decoded vector keeps nothing of the bytes it came from", (t) => {
  const bytes = encodeVersionVector(versionVector({ a: 7 }));
  const decoded = decodeVersionVector(bytes);
  bytes.fill(0);
  t.is(decoded.get("a"), 7);
});

test("the memo of rosters changes no answer, however many there are", (t) => {
  const vectors = Array.from({ length: 30 }, (_, i) => versionVector({ [`r${i}`]: i + 1, x: 1 }));
  for (let round = 0; round < 3; round++) {
    for (const vector of vectors)
      t.is(compare(decodeVersionVector(encodeVersionVector(vector)), vector), "equal");
  }
});

test("rosters that differ in one character somewhere are not taken for each other", (t) => {
  const names = Array.from({ length: 30 }, (_, i) => `replica-${String(i).padStart(2, "0")}`);
  const vectorOf = (ids: readonly string[]) => versionVector(ids.map((id) => ({ id, counter: 1 })));
  decodeVersionVector(encodeVersionVector(vectorOf(names)));
  for (const [i, name] of names.entries()) {
    const other = names.with(i, `${name.slice(0, -1)}x`).toSorted();
    t.deepEqual(decodeVersionVector(encodeVersionVector(vectorOf(other))).ids, other);
    t.deepEqual(decodeVersionVector(encodeVersionVector(vectorOf(names))).ids, names);
  }
});

test("a vector of many replicas goes through", (t) => {
  const many = versionVector(
    Array.from({ length: 5000 }, (_, i) => ({ id: `replica-${i}`, counter: i + 1 })),
  );
  t.is(compare(decodeVersionVector(encodeVersionVector(many)), many), "equal");
});
