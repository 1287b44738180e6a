import { seededRandom } from "@coterie/host";
import test from "ava";
import { Allowance } from "../../src/membership/allowance.ts";
import { bulkRecords, Pace } from "../../src/membership/pace.ts";

/** How long each of the next intervals is. */
function intervals(pace: Pace, count: number): number[] {
  return Array.from({ length: count }, () => {
    const now = pace.nextAt;
    pace.step(30_000, now);
    return pace.nextAt - now;
  });
}

test("intervals begin short, double, and end at the usual one", (t) => {
  const pace = new Pace(1_000, seededRandom(1), 0);
  t.true(pace.nextAt <= 1_000);
  for (const [i, ms] of intervals(pace, 10).entries()) {
    const expected = Math.min(1_000 * 2 ** i, 30_000);
    t.true(ms >= 0.75 * expected && ms <= 1.25 * expected, `${i}: ${ms}`);
  }
});

test("what comes in bulk makes the next comparison soon; what trickles in does not", (t) => {
  const pace = new Pace(1_000, seededRandom(1), 0);
  intervals(pace, 10);
  const due = pace.nextAt;
  let now = due - 20_000;
  // One record a second, for ever.
  for (let i = 0; i < 15; i++) {
    now += 1_000;
    pace.learnt(1, now);
  }
  t.is(pace.nextAt, due);
  pace.learnt(bulkRecords, now);
  t.true(pace.nextAt <= now + 1_250);
  const [next] = intervals(pace, 1);
  t.true(next! <= 1_250);
});

test("an allowance is a second's worth at once, and so much a second", (t) => {
  const allowance = new Allowance(1_000, 0);
  t.true(allowance.take(900, 0));
  t.false(allowance.take(200, 0));
  t.true(allowance.take(200, 100));
  t.false(allowance.take(100, 100));
  // Idle time is not saved up, and a clock that stands still earns nothing.
  t.true(allowance.take(1_000, 60_000));
  t.false(allowance.take(1, 60_000));
});
