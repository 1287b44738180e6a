import test from "ava";
import fc from "fast-check";
import { Column } from "../src/core/column.ts";
import { Log, sizeOf } from "../src/core/log.ts";
import type { Entry } from "../src/index.ts";

type Step =
  | { readonly do: "push"; readonly count: number; readonly step: number }
  | { readonly do: "truncate" | "drop"; readonly share: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("push" as const),
      count: fc.integer({ min: 1, max: 6_000 }),
      /** From one number to the next. */
      step: fc.constantFrom(1, 1, 1, 700_000, 2 ** 33, -5),
    }),
    fc.record({
      do: fc.constantFrom("truncate" as const, "drop" as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 30 },
);

test("a column holds what was pushed and not truncated or dropped", (t) => {
  fc.assert(
    fc.property(steps, (list) => {
      const column = new Column();
      let model: number[] = [];
      let next = 0;
      for (const step of list) {
        if (step.do === "push")
          for (let i = 0; i < step.count; i++) {
            next += step.step;
            column.push(next);
            model.push(next);
          }
        else {
          const count = Math.floor(model.length * step.share);
          if (step.do === "truncate") column.truncate(count);
          else column.dropFront(count);
          model = step.do === "truncate" ? model.slice(0, count) : model.slice(count);
        }
        t.is(column.length, model.length);
      }
      t.deepEqual(
        model.map((_, at) => column.at(at)),
        model,
      );
    }),
    { numRuns: 100 },
  );
});

function entry(index: number, term: number, length: number): Entry {
  return {
    index,
    term,
    kind: 0,
    time: index * 10 + term,
    origin: "a",
    id: index,
    data: new Uint8Array(length),
  };
}

const changes = fc.array(
  fc.record({
    what: fc.constantFrom("append", "append", "append", "truncate", "compact", "evict", "reset"),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    count: fc.integer({ min: 1, max: 20 }),
  }),
  { maxLength: 40 },
);

test("whatever is appended, cut off, compacted and evicted, the log knows every entry that it should hold", (t) => {
  fc.assert(
    fc.property(changes, (list) => {
      const log = new Log();
      let base = { index: 0, term: 0, time: 0 };
      let model: Entry[] = [];
      let term = 1;
      for (const { what, share, count } of list) {
        const at = base.index + Math.round(model.length * share);
        if (what === "append") {
          if (share > 0.7) term++;
          for (let i = 0; i < count; i++) {
            const added = entry(base.index + model.length + 1, term, count * 3);
            log.append(added);
            model.push(added);
          }
        } else if (what === "truncate") {
          log.truncate(at + 1);
          model = model.slice(0, at - base.index);
        } else if (what === "compact") {
          const compacted = model[at - base.index - 1];
          log.compact(at);
          model = model.slice(at - base.index);
          if (compacted) base = { index: compacted.index, term: compacted.term, time: compacted.time };
        } else if (what === "evict") log.evict(at, count * 50);
        else if (share > 0.9) {
          base = { index: at + 100, term, time: at };
          log.reset(base);
          model = [];
        }
        t.deepEqual(log.base, base);
        const { index, term: lastTerm, time } = model.at(-1) ?? base;
        const { last } = log;
        t.deepEqual({ index: last.index, term: last.term, time: last.time }, { index, term: lastTerm, time });
      }
      t.is(log.term(base.index - 1), undefined);
      t.is(log.term(log.lastIndex + 1), undefined);
      let bytes = 0;
      for (const held of model) {
        t.is(log.term(held.index), held.term);
        t.is(log.position(held.index).time, held.time);
        const resident = log.entry(held.index);
        t.is(resident, held.index < log.residentFrom ? undefined : held);
        bytes += sizeOf(held);
        t.is(log.bytesBetween(base.index, held.index), bytes);
        for (const other of [held.term - 1, held.term]) {
          const agree = model.findLast((entry) => entry.index <= held.index && entry.term <= other)?.index;
          t.is(log.latestNotAfter(held.index, other), agree ?? base.index);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("evicting leaves the latest entries, about as many bytes as asked for, and nothing that must stay", (t) => {
  const log = new Log();
  for (let index = 1; index <= 1_000; index++) log.append(entry(index, 1, 52));
  log.evict(1_000, 20_000);
  t.is(log.residentBytes, 20_000);
  t.is(log.residentFrom, 801);
  t.is(log.slice(800, 900, 1_000), undefined);
  t.is(log.slice(801, 900, 1_000)?.length, 10);
  t.deepEqual(log.slice(801, 799, 1_000), [], "nothing is wanted, and what would be is not in memory");
  for (let index = 1_001; index <= 1_500; index++) log.append(entry(index, 1, 52));
  log.evict(1_000, 20_000);
  t.is(log.residentFrom, 1_001, "what is behind 1,000 is not on the disk yet");
});

test("how far back a number of bytes reaches is counted from the end of what a snapshot holds", (t) => {
  const log = new Log();
  for (let index = 1; index <= 100; index++) log.append(entry(index, 1, 52));
  t.is(log.reachBack(80, 1_000), 70);
  t.is(log.reachBack(80, 1_050), 70);
  t.is(log.reachBack(80, 0), 80);
  t.is(log.reachBack(80, 1e9), 0);
  log.compact(75);
  t.is(log.reachBack(80, 1e9), 75);
});
