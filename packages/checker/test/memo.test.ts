import test from "ava";
import fc from "fast-check";
import { Configuration } from "../src/linearizability/configuration.ts";
import { Memo } from "../src/linearizability/memo.ts";
import { type Span, Timeline } from "../src/linearizability/timeline.ts";

/** Operations that all overlap: `required` of them completed, `optional` not. */
function overlapping(required: number, optional: number): Timeline {
  const spans = Array.from({ length: required + optional }, (_, index): Span => {
    const end = index < required ? 1000 + index : Number.POSITIVE_INFINITY;
    return { index, process: index, invokedAt: index, completedAt: end, freeAt: end };
  });
  return new Timeline(spans, required);
}

test("a configuration knows its members and the first that is missing", (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(79), { maxLength: 200 }), (flips) => {
      const configuration = new Configuration(overlapping(70, 10));
      const members = new Set<number>();
      for (const operation of flips) {
        if (members.delete(operation)) configuration.delete(operation);
        else {
          members.add(operation);
          configuration.add(operation);
        }
        let first = 0;
        while (members.has(first) && first < 70) first++;
        t.is(configuration.first, first);
        t.is(configuration.has(operation), members.has(operation));
      }
      for (const operation of members) configuration.delete(operation);
      t.is(configuration.fingerprint, 0);
    }),
    { numRuns: 200 },
  );
});

test("the memo refuses what it has seen, and what something seen covers, and nothing else", (t) => {
  const place = fc.record({
    required: fc.subarray([0, 1, 2, 3]),
    optional: fc.subarray([40, 41, 42]),
    state: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 80 }), (places) => {
      const timeline = overlapping(40, 3);
      const memo = new Memo(timeline);
      const seen: typeof places = [];
      for (const here of places) {
        const configuration = new Configuration(timeline);
        for (const operation of [...here.required, ...here.optional]) configuration.add(operation);
        const covered = seen.some(
          (there) =>
            there.state === here.state &&
            there.required.join() === here.required.join() &&
            there.optional.every((operation) => here.optional.includes(operation)),
        );
        t.is(memo.add(configuration, here.state), !covered);
        seen.push(here);
      }
    }),
    { numRuns: 500 },
  );
});

test("the memo grows by what it holds", (t) => {
  const timeline = overlapping(20, 0);
  const memo = new Memo(timeline);
  for (let state = 0; state < 50_000; state++) t.true(memo.add(new Configuration(timeline), state));
  for (let state = 0; state < 50_000; state += 999) t.false(memo.add(new Configuration(timeline), state));
  t.true(memo.bytes > 50_000 * 20 && memo.bytes < 50_000 * 80);
});
