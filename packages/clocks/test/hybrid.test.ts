import test from "ava";
import fc from "fast-check";
import {
  compare,
  createHybridClock,
  decodeHybridStamp,
  type HybridStamp,
  hybridStamp,
  parseHybridStamp,
} from "../src/index.ts";

/** A machine's clock that a test sets. */
class Machine {
  ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  wall(): number {
    return this.ms;
  }
}

const wallMs = fc.oneof(
  fc.integer({ min: 0, max: 9 }),
  fc.maxSafeNat().map((n) => n % 2 ** 48),
  fc.constant(2 ** 48 - 1),
);
const stamp = fc
  .tuple(wallMs, fc.integer({ min: 0, max: 65_535 }))
  .map(([ms, logical]) => hybridStamp(ms, logical));

test("strings and bytes sort as the stamps do, and give them back", (t) => {
  fc.assert(
    fc.property(stamp, stamp, (a, b) => {
      const ordering = compare(a, b);
      const byText = String(a) < String(b) ? "before" : String(a) > String(b) ? "after" : "equal";
      const byBytes = Buffer.compare(a.toBytes(), b.toBytes());
      t.is(byText, ordering);
      t.is(byBytes, ordering === "before" ? -1 : ordering === "after" ? 1 : 0);
      for (const back of [
        parseHybridStamp(String(a)),
        decodeHybridStamp(a.toBytes()),
        parseHybridStamp(JSON.parse(JSON.stringify(a))),
      ]) {
        t.deepEqual([back.wallMs, back.logical], [a.wallMs, a.logical]);
      }
      t.is(String(a).length, 16);
      t.is(a.toBytes().length, 8);
    }),
  );
  t.is(String(hybridStamp(1, 2)), "0000000000010002");
});

test("stamps only grow, whatever the machine's clock does", (t) => {
  const step = fc.oneof(
    fc.record({ to: fc.integer({ min: 0, max: 50 }) }),
    fc.constant("now" as const),
    fc.record({ receive: fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 3 })) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const machine = new Machine(0);
      const clock = createHybridClock(machine, { driftMaxMs: 20 });
      let last: HybridStamp | undefined;
      for (const s of steps) {
        if (s !== "now" && "to" in s) {
          machine.ms = s.to;
          continue;
        }
        let now: HybridStamp;
        if (s === "now") {
          now = clock.now();
        } else {
          const remote = hybridStamp(...s.receive);
          if (remote.wallMs - machine.ms > 20) {
            t.throws(() => clock.receive(remote), { code: "CLOCKS_DRIFT" });
            continue;
          }
          now = clock.receive(remote);
          t.is(compare(remote, now), "before");
        }
        if (last !== undefined) t.is(compare(last, now), "before");
        t.true(now.wallMs >= machine.ms);
        last = now;
      }
    }),
  );
});

test("with clocks in step, stamps are the wall time", (t) => {
  const machine = new Machine(1000);
  const clock = createHybridClock(machine);
  t.is(String(clock.now()), String(hybridStamp(1000, 0)));
  t.is(String(clock.now()), String(hybridStamp(1000, 1)));
  machine.ms = 1001.7;
  t.is(String(clock.now()), String(hybridStamp(1001, 0)));
  t.is(String(clock.receive(hybridStamp(1005, 7))), String(hybridStamp(1005, 8)));
  t.is(clock.aheadMs, 4);
  machine.ms = 2000;
  t.is(String(clock.receive(hybridStamp(1005, 7))), String(hybridStamp(2000, 0)));
  t.is(clock.aheadMs, 0);
});

test("a process whose clock is ahead pulls the others along, as in the paper's examples", (t) => {
  // Process 0 begins at 10 and sends to 1, whose clock says 1; 1 sends to 2, whose clock says 2.
  const machines = [new Machine(10), new Machine(0), new Machine(0)];
  const [p0, p1, p2] = machines.map((machine) => createHybridClock(machine));
  const first = p0!.now();
  t.deepEqual([first.wallMs, first.logical], [10, 0]);
  machines[1]!.ms = 1;
  const second = p1!.receive(first);
  t.deepEqual([second.wallMs, second.logical], [10, 1]);
  machines[2]!.ms = 2;
  const third = p2!.receive(p1!.now());
  t.deepEqual([third.wallMs, third.logical], [10, 3]);
});

test("a stamp from too far ahead is refused and leaves the clock as it was", (t) => {
  const machine = new Machine(1000);
  const clock = createHybridClock(machine, { driftMaxMs: 500 });
  const before = String(clock.now());
  const error = t.throws(() => clock.receive(hybridStamp(1501)), { code: "CLOCKS_DRIFT" });
  t.like(error, { aheadMs: 501, driftMaxMs: 500 });
  t.is(String(clock.last), before);
  t.is(String(clock.receive(hybridStamp(1500))), String(hybridStamp(1500, 1)));
  t.notThrows(() => clock.receive(hybridStamp(3)), "a stamp from the past is harmless");
});

test("a used-up counter borrows the next millisecond", (t) => {
  const clock = createHybridClock(new Machine(7), { last: hybridStamp(7, 65_535) });
  t.is(String(clock.now()), String(hybridStamp(8, 0)));
  const end = createHybridClock(new Machine(7), { last: hybridStamp(2 ** 48 - 1, 65_535) });
  t.throws(() => end.now(), { code: "CLOCKS_INVALID_ARGUMENT" });
});

test("after a restart on a clock set back, stamps go on from the persisted one", (t) => {
  const machine = new Machine(5000);
  const clock = createHybridClock(machine);
  const last = clock.now();
  machine.ms = 100;
  const again = createHybridClock(machine, { last: parseHybridStamp(String(last)) });
  t.is(compare(last, again.now()), "before");
  t.is(again.aheadMs, 4900);
});

test("one persisted ceiling covers a crash: no stamp before it is given again after", (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 }), (jumps) => {
      const machine = new Machine(1000);
      const clock = createHybridClock(machine);
      let persisted = clock.ceilingAfter(30);
      clock.raiseCeiling(persisted);
      let newest = clock.last;
      for (const jump of jumps) {
        machine.ms += jump;
        try {
          newest = clock.now();
        } catch (error) {
          t.is((error as { code?: string }).code, "CLOCKS_CEILING_REACHED");
          t.is(clock.last, newest, "the refused stamp was not taken");
          persisted = clock.ceilingAfter(30);
          t.throws(
            () => clock.now(),
            { code: "CLOCKS_CEILING_REACHED" },
            "asking for a ceiling does not raise it",
          );
          clock.raiseCeiling(persisted);
          newest = clock.now();
        }
        t.not(compare(newest, persisted), "after");
      }
      machine.ms = 0;
      const restarted = createHybridClock(machine, { last: persisted, ceiling: persisted });
      t.throws(() => restarted.now(), { code: "CLOCKS_CEILING_REACHED" });
      restarted.raiseCeiling(restarted.ceilingAfter(30));
      t.is(compare(newest, restarted.now()), "before");
    }),
  );
});

test("a ceiling holds for received stamps too, and is never below the last stamp", (t) => {
  const clock = createHybridClock(new Machine(1000));
  clock.raiseCeiling(hybridStamp(1500));
  t.throws(() => clock.receive(hybridStamp(1500)), { code: "CLOCKS_CEILING_REACHED" });
  t.is(String(clock.receive(hybridStamp(1400))), String(hybridStamp(1400, 1)));
  t.throws(() => clock.raiseCeiling(hybridStamp(1300)), { code: "CLOCKS_INVALID_ARGUMENT" });
});

test("bad arguments get typed errors", (t) => {
  for (const [ms, logical] of [
    [-1, 0],
    [1.5, 0],
    [2 ** 48, 0],
    [0, -1],
    [0, 65_536],
    [Number.NaN, 0],
    ["1", 0],
  ]) {
    t.throws(() => hybridStamp(ms as number, logical as number), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  for (const text of ["", "0", "000000000001000G", "00000000000100020", "000000000001000A", 7, null]) {
    t.throws(() => parseHybridStamp(text as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  for (const length of [0, 7, 9]) {
    t.throws(() => decodeHybridStamp(new Uint8Array(length)), { code: "CLOCKS_MALFORMED_BYTES" });
  }
  t.throws(() => createHybridClock({} as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => createHybridClock(new Machine(0), { driftMaxMs: -1 }), { code: "CLOCKS_INVALID_ARGUMENT" });
  for (const ms of [Number.NaN, -5, 2 ** 48]) {
    t.throws(() => createHybridClock(new Machine(ms)).now(), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  for (const bad of [null, {}, { wallMs: 1, logical: -1 }]) {
    t.throws(() => createHybridClock(new Machine(0)).receive(bad as never), {
      code: "CLOCKS_INVALID_ARGUMENT",
    });
  }
});
