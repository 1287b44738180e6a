import test from "ava";
import fc from "fast-check";
import {
  type CausalContext,
  causalContext,
  compare,
  decodeCausalContext,
  encodeCausalContext,
  type MutableCausalContext,
  mutableCausalContext,
  versionVector,
} from "../src/index.ts";
import { damaged, forged } from "./arbitraries.ts";

/** The model: a plain set of dots, written "id:counter". */
const id = fc.constantFrom("a", "b", "__proto__", "é", "y".repeat(200));
const dotList = fc.array(fc.tuple(id, fc.integer({ min: 1, max: 12 })), { maxLength: 30 });

function contextOf(dots: readonly (readonly [string, number])[]): CausalContext {
  const context = mutableCausalContext();
  for (const [name, counter] of dots) context.add(name, counter);
  return context.snapshot();
}

function setOf(dots: readonly (readonly [string, number])[]): Set<string> {
  return new Set(dots.map(([name, counter]) => `${name}:${counter}`));
}

function dotsOf(context: CausalContext | MutableCausalContext): Set<string> {
  return new Set([...context.dots()].map(({ id: name, counter }) => `${name}:${counter}`));
}

function sorted(set: ReadonlySet<string>): string[] {
  return [...set].sort();
}

/** A compact context has no cloud interval that joins onto the run before it. */
function isCompact(context: CausalContext): boolean {
  return [...context.cloud].every(([name, set]) => {
    const ends = [context.vector.get(name), ...set.filter((_, i) => i % 2 === 1)];
    return set.length > 0 && set.every((value, i) => i % 2 === 1 || value > ends[i / 2]! + 1);
  });
}

const context = dotList.map((dots) => ({ dots: setOf(dots), value: contextOf(dots) }));

test("a context is the set of its dots, whatever the order they came in", (t) => {
  fc.assert(
    fc.property(dotList, (dots) => {
      const value = contextOf(dots);
      t.deepEqual(sorted(dotsOf(value)), sorted(setOf(dots)));
      t.is(value.size, setOf(dots).size);
      t.is(value.isEmpty, dots.length === 0);
      t.true(isCompact(value));
      t.deepEqual(contextOf([...dots].reverse()).toJSON(), value.toJSON());
      for (let counter = 0; counter <= 14; counter++) {
        t.is(value.has("a", counter), setOf(dots).has(`a:${counter}`));
      }
    }),
  );
});

test("merge, intersect, subtract and compare are those of sets", (t) => {
  fc.assert(
    fc.property(context, context, (a, b) => {
      const inBoth = [...a.dots].filter((dot) => b.dots.has(dot));
      const onlyInA = [...a.dots].filter((dot) => !b.dots.has(dot));
      t.deepEqual(sorted(dotsOf(a.value.merge(b.value))), sorted(new Set([...a.dots, ...b.dots])));
      t.deepEqual(sorted(dotsOf(a.value.intersect(b.value))), inBoth.sort());
      t.is(a.value.shared(b.value), inBoth.length);
      t.is(a.value.toMutable().shared(b.value), inBoth.length);
      t.deepEqual(sorted(dotsOf(a.value.subtract(b.value))), onlyInA.sort());
      for (const result of [a.value.merge(b.value), a.value.intersect(b.value), a.value.subtract(b.value)]) {
        t.true(isCompact(result));
      }
      const inB = [...a.dots].every((dot) => b.dots.has(dot));
      const inA = [...b.dots].every((dot) => a.dots.has(dot));
      t.is(compare(a.value, b.value), inB ? (inA ? "equal" : "before") : inA ? "after" : "concurrent");
      t.is(a.value.includes(b.value), inA);
    }),
    { numRuns: 400 },
  );
});

test("merge in place says whether anything was new, and does not touch the other side", (t) => {
  fc.assert(
    fc.property(context, context, (a, b) => {
      const mutable = a.value.toMutable();
      const json = JSON.stringify(b.value);
      t.is(mutable.merge(b.value), ![...b.dots].every((dot) => a.dots.has(dot)));
      t.deepEqual(mutable.toJSON(), a.value.merge(b.value).toJSON());
      mutable.tick("b");
      t.is(JSON.stringify(b.value), json);
      t.deepEqual(sorted(dotsOf(a.value)), sorted(a.dots));
    }),
  );
});

test("merge is a semilattice join", (t) => {
  fc.assert(
    fc.property(context, context, context, ({ value: a }, { value: b }, { value: c }) => {
      t.deepEqual(a.merge(b).toJSON(), b.merge(a).toJSON());
      t.deepEqual(a.merge(b).merge(c).toJSON(), a.merge(b.merge(c)).toJSON());
      t.is(a.merge(a), a);
      t.true(a.merge(b).includes(a));
    }),
  );
});

test("the next dot is one that nobody has seen, also when own dots came back over a gap", (t) => {
  fc.assert(
    fc.property(context, ({ value, dots }) => {
      const { counter } = value.next("a");
      t.true(counter >= 1);
      for (const dot of dots) if (dot.startsWith("a:")) t.true(Number(dot.slice(2)) < counter);
      const mutable = value.toMutable();
      t.deepEqual(mutable.tick("a"), { id: "a", counter });
      t.is(mutable.last("a"), counter);
    }),
  );
});

test("a gap is kept as a gap and closes when it is filled", (t) => {
  const value = causalContext({ a: [1, 3, 6, 7] });
  t.is(value.vector.get("a"), 3);
  t.deepEqual([...value.cloud], [["a", [6, 7]]]);
  t.deepEqual([...value.add("a", 5).cloud], [["a", [5, 7]]]);
  const closed = value.add("a", 5).add("a", 4);
  t.is(closed.vector.get("a"), 7);
  t.is(closed.cloud.size, 0);
  t.deepEqual(
    [
      ...causalContext({ a: [1, 9] })
        .subtract(value)
        .ranges(),
    ],
    [
      { id: "a", from: 4, to: 5 },
      { id: "a", from: 8, to: 9 },
    ],
  );
});

test("a context of a vector has all its events, at any size", (t) => {
  const huge = causalContext(versionVector({ a: Number.MAX_SAFE_INTEGER, b: 2 }));
  t.true(huge.has("a", 2 ** 50));
  t.false(huge.has("b", 3));
  t.throws(() => huge.next("a"), { code: "CLOCKS_COUNTER_OVERFLOW" });
  t.is(causalContext({ cells: [2, 2] }).last("cells"), 2);
  t.deepEqual(
    [...huge.subtract(causalContext({ a: [1, 5] })).ranges()],
    [
      { id: "a", from: 6, to: Number.MAX_SAFE_INTEGER },
      { id: "b", from: 1, to: 2 },
    ],
  );
  t.true(
    causalContext({ a: [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] })
      .merge(huge)
      .includes(huge),
  );
});

test("bytes and JSON give the context back, canonically", (t) => {
  fc.assert(
    fc.property(dotList, (dots) => {
      const value = contextOf(dots);
      const bytes = encodeCausalContext(value);
      t.deepEqual(encodeCausalContext(contextOf([...dots].reverse())), bytes);
      t.deepEqual(decodeCausalContext(bytes).toJSON(), value.toJSON());
      t.true(isCompact(decodeCausalContext(bytes)));
      t.deepEqual(causalContext(JSON.parse(JSON.stringify(value))).toJSON(), value.toJSON());
    }),
  );
});

test("every cut and every flipped bit of an encoding is noticed", (t) => {
  fc.assert(
    fc.property(dotList, (dots) => {
      for (const bad of damaged(encodeCausalContext(contextOf(dots)))) {
        t.throws(() => decodeCausalContext(bad), { code: "CLOCKS_MALFORMED_BYTES" });
      }
    }),
    { numRuns: 30 },
  );
});

test("well-formed but not canonical: refused even with a right check", (t) => {
  const a = [1, 0x61];
  t.deepEqual(
    { ...decodeCausalContext(forged([0x12, 1, ...a, 2, 0, 2, 1, 0])).toJSON() },
    { a: [1, 3, 5, 5] },
  );
  const cases: Record<string, number[]> = {
    "adjacent intervals": [0x12, 1, ...a, 2, 0, 2, 0, 0],
    "a replica without events": [0x12, 1, ...a, 0],
    "ids out of order": [0x12, 2, 1, 0x62, ...a, 1, 0, 0, 1, 0, 0],
    "a counter beyond 2^53 - 1": [0x12, 1, ...a, 1, 1, ...[255, 255, 255, 255, 255, 255, 255, 15]],
    "more intervals than bytes": [0x12, 1, ...a, 0xff, 0xff, 0x7f, 0, 0],
    "an integer in a longer form": [0x12, 1, ...a, 1, 0x80, 0, 0],
    "an integer of nine bytes": [0x12, 1, ...a, 1, ...[255, 255, 255, 255, 255, 255, 255, 255, 1], 0],
    "bytes left over": [0x12, 1, ...a, 1, 0, 0, 0],
    "an id that is not UTF-8": [0x12, 1, 1, 0xff, 1, 0, 0],
    "an empty id": [0x12, 1, 0, 1, 0, 0],
  };
  for (const [what, body] of Object.entries(cases)) {
    t.throws(() => decodeCausalContext(forged(body)), { code: "CLOCKS_MALFORMED_BYTES" }, what);
  }
});

test("the number of replicas beyond a gap is bounded, in every way in", (t) => {
  const gaps = (count: number, from = 0): Record<string, number[]> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${from + i}`, [2, 2]]));
  const full = causalContext(gaps(65_536)).toMutable();
  t.throws(() => causalContext(gaps(65_537)), { code: "CLOCKS_TOO_LARGE" });
  t.throws(() => full.add("one more", 2), { code: "CLOCKS_TOO_LARGE" });
  t.throws(() => full.merge(causalContext(gaps(1, 70_000))), { code: "CLOCKS_TOO_LARGE" });
  t.is(full.size, 65_536);
});

test("bad arguments get a typed error and change nothing", (t) => {
  for (const bad of [
    { a: [1] },
    { a: [3, 2] },
    { a: [0, 2] },
    { a: [1, 1.5] },
    { a: 3 },
    { "": [1, 1] },
    null,
    4,
  ]) {
    t.throws(() => causalContext(bad as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  const mutable = mutableCausalContext({ a: [1, 2] });
  for (const counter of [0, -1, 1.5, Number.NaN]) {
    t.throws(() => mutable.add("a", counter), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  for (const other of [undefined, {}, versionVector({ a: 9 })]) {
    t.throws(() => mutable.merge(other as never), { code: "CLOCKS_INVALID_ARGUMENT" });
    t.throws(() => compare(mutable, other as never), { code: "CLOCKS_INVALID_ARGUMENT" });
    t.throws(() => encodeCausalContext(other as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  t.throws(() => mutable.add("", 5), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => mutable.add("", 1), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.deepEqual(JSON.stringify(mutable), '{"a":[1,2]}');
});

test("the number of gaps is bounded, in every way in", (t) => {
  const everySecond = (count: number): number[] =>
    Array.from({ length: count * 2 }, (_, i) => 3 + (i >> 1) * 2);
  const full = causalContext({ a: everySecond(16_384) }).toMutable();
  t.is(full.size, 16_384);
  t.throws(() => full.add("a", 1_000_000), { code: "CLOCKS_TOO_LARGE" });
  t.throws(() => causalContext({ a: everySecond(16_385) }), { code: "CLOCKS_TOO_LARGE" });
  t.throws(() => full.merge(causalContext({ a: [1_000_000, 1_000_000] })), { code: "CLOCKS_TOO_LARGE" });
  t.is(full.size, 16_384);
  t.true(full.add("a", 1), "the run before the gaps is not one of them");
  t.is(decodeCausalContext(encodeCausalContext(full)).size, 16_385);
  t.true(full.add("a", 4), "a gap that closes needs no room");
});
