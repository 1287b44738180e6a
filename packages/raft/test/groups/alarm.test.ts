import type { Cancel, Clock } from "@coterie/host";
import test from "ava";
import fc from "fast-check";
import { Alarm } from "../../src/groups/alarm.ts";

/** A clock that stands until it is told, and counts what is asked of it. */
class HandClock implements Clock {
  time = 0;
  asked: { at: number; fn: () => void }[] = [];
  now(): number {
    return this.time;
  }
  wall(): number {
    return this.time;
  }
  wake(at: number, fn: () => void): Cancel {
    const wake = { at, fn };
    this.asked.push(wake);
    return () => {
      this.asked = this.asked.filter((other) => other !== wake);
    };
  }
  /** Time passes; whatever falls due is called, in rounds, as an event loop would. */
  pass(to: number): void {
    this.time = to;
    const due = this.asked.filter(({ at }) => at <= to);
    this.asked = this.asked.filter(({ at }) => at > to);
    for (const { fn } of due) fn();
  }
}

test("a thousand wakes are one wake of the clock", (t) => {
  const clock = new HandClock();
  const alarm = new Alarm(clock);
  for (let i = 0; i < 1_000; i++) alarm.wake(1_000 - i, () => {});
  t.is(clock.asked.length, 1);
  t.is(clock.asked[0]!.at, 1);
});

test("what is asked for while it rings is not called in the same turn, however due it is", (t) => {
  const clock = new HandClock();
  const alarm = new Alarm(clock);
  const rung: string[] = [];
  alarm.wake(10, () => {
    rung.push("first");
    alarm.wake(0, () => rung.push("second"));
  });
  clock.pass(10);
  t.deepEqual(rung, ["first"]);
  clock.pass(10);
  t.deepEqual(rung, ["first", "second"]);
});

test("a wake that throws does not cost the others their turn", (t) => {
  const clock = new HandClock();
  const alarm = new Alarm(clock);
  const rung: string[] = [];
  alarm.wake(10, () => {
    throw new Error("no");
  });
  alarm.wake(20, () => rung.push("later"));
  t.throws(() => clock.pass(10));
  clock.pass(20);
  t.deepEqual(rung, ["later"]);
});

test("never asks for a wake at infinity, and gives up what was cancelled", (t) => {
  const clock = new HandClock();
  const alarm = new Alarm(clock);
  alarm.wake(Number.POSITIVE_INFINITY, () => {})();
  t.is(clock.asked.length, 0);
  for (let i = 0; i < 10_000; i++) alarm.wake(i + 1, () => t.fail())();
  t.true(alarm.size < 3_000, `${alarm.size} wakes are kept`);
});

test("calls what a sorted list would, in its order", (t) => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("wake" as const), after: fc.nat(50) }),
    fc.record({ do: fc.constant("cancel" as const), which: fc.nat(100) }),
    fc.record({ do: fc.constant("pass" as const), ms: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const clock = new HandClock();
      const alarm = new Alarm(clock);
      const rung: number[] = [];
      const expected: number[] = [];
      let waiting: { at: number; number: number }[] = [];
      const cancels: Cancel[] = [];
      for (const made of steps) {
        if (made.do === "wake") {
          const number = cancels.length;
          waiting.push({ at: clock.time + made.after, number });
          cancels.push(alarm.wake(clock.time + made.after, () => rung.push(number)));
        } else if (made.do === "cancel") {
          cancels[made.which]?.();
          waiting = waiting.filter(({ number }) => number !== made.which);
        } else {
          clock.pass(clock.time + made.ms);
          const due = waiting.filter(({ at }) => at <= clock.time);
          expected.push(
            ...due.sort((a, b) => a.at - b.at || a.number - b.number).map(({ number }) => number),
          );
          waiting = waiting.filter(({ at }) => at > clock.time);
        }
        t.deepEqual(rung, expected);
      }
    }),
  );
});
