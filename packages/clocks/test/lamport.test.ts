import test from "ava";
import fc from "fast-check";
import { compare, createLamportClock, type LamportStamp, lamportStamp } from "../src/index.ts";

const stamp = fc
  .record({ time: fc.integer({ min: 0, max: 5 }), id: fc.constantFrom("a", "b", "10", "9") })
  .map((of) => lamportStamp(of));

test("stamps are totally ordered", (t) => {
  fc.assert(
    fc.property(stamp, stamp, stamp, (a, b, c) => {
      t.not(compare(a, b), "concurrent");
      t.is(compare(a, b) === "before", compare(b, a) === "after");
      t.is(compare(a, b) === "equal", a.time === b.time && a.id === b.id);
      if (compare(a, b) === "before" && compare(b, c) === "before") t.is(compare(a, c), "before");
    }),
  );
});

test("what happened before has the smaller stamp", (t) => {
  const step = fc.record({ at: fc.constantFrom("p", "q", "r"), take: fc.option(fc.nat()) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const clocks = new Map(["p", "q", "r"].map((id) => [id, createLamportClock(id)]));
      const last = new Map<string, LamportStamp>();
      const sent: LamportStamp[] = [];
      for (const { at, take } of steps) {
        const clock = clocks.get(at)!;
        const message = take === null ? undefined : sent[take % Math.max(1, sent.length)];
        const now = message === undefined ? clock.tick() : clock.receive(message);
        if (message !== undefined) t.is(compare(message, now), "before");
        const previous = last.get(at);
        if (previous !== undefined) t.is(compare(previous, now), "before");
        t.is(now.id, at);
        last.set(at, now);
        sent.push(now);
      }
    }),
  );
});

test("the clock's rules, in numbers", (t) => {
  const clock = createLamportClock("p", 4);
  t.is(clock.tick().time, 5);
  t.is(clock.receive(9).time, 10);
  t.is(clock.receive({ time: 2 }).time, 11);
  t.is(clock.time, 11);
  t.deepEqual({ ...lamportStamp(JSON.parse(JSON.stringify(clock.tick()))) }, { time: 12, id: "p" });
});

test("bad times get a typed error and change nothing", (t) => {
  const clock = createLamportClock("p");
  for (const bad of [-1, 0.5, Number.NaN, "3", null, undefined, {}]) {
    t.throws(() => clock.receive(bad as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  t.throws(() => clock.receive(Number.MAX_SAFE_INTEGER), { code: "CLOCKS_COUNTER_OVERFLOW" });
  t.throws(() => clock.receive(2 ** 60), { code: "CLOCKS_COUNTER_OVERFLOW" });
  t.is(clock.time, 0);
  for (const bad of [null, 3, {}, { time: 1 }, { time: -1, id: "a" }]) {
    t.throws(() => lamportStamp(bad as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
});
