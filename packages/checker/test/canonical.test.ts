import test from "ava";
import fc from "fast-check";
import { ModelError } from "../src/errors.ts";
import { canonical, same } from "../src/history/canonical.ts";

test("values equal by content share a text, others do not", (t) => {
  const value = fc.anything({ withMap: true, withSet: true, withBigInt: true, withDate: true, maxDepth: 2 });
  fc.assert(
    fc.property(value, value, (a, b) => {
      t.is(canonical(a), canonical(structuredClone(a)));
      if (canonical(a) === canonical(b)) t.is(JSON.stringify(a), JSON.stringify(b));
    }),
    { numRuns: 3000 },
  );
});

test("what looks alike in JSON is kept apart", (t) => {
  const alike = [
    1,
    "1",
    1n,
    [1],
    ["1"],
    { 0: 1 },
    new Map([[0, 1]]),
    new Set([1]),
    new Set(["1"]),
    Uint8Array.of(1),
  ];
  const odd = [
    null,
    undefined,
    Number.NaN,
    "null",
    "NaN",
    {},
    [],
    new Map(),
    new Set(),
    "",
    [null],
    [undefined],
  ];
  const texts = [...alike, ...odd].map(canonical);
  t.is(new Set(texts).size, texts.length);
});

test("order does not matter where it has no meaning", (t) => {
  t.true(same({ a: 1, b: [2] }, { b: [2], a: 1, c: undefined }));
  t.true(
    same(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
    ),
  );
  t.true(same(new Set([1, 2]), new Set([2, 1])));
  t.true(same(0, -0));
  t.false(same([1, 2], [2, 1]));
});

test("what has no content is refused", (t) => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const value of [() => 1, Symbol("s"), new (class Thing {})(), cycle, [Symbol("s")]]) {
    t.throws(() => canonical(value), { instanceOf: ModelError, message: /give the model a `key`/ });
  }
});
