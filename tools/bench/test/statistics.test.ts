import test from "ava";
import { opsPerSecond } from "../src/index.ts";
import { median, ratioToBest, shuffled } from "../src/statistics.ts";

test("the median is the middle figure, not the mean", (t) => {
  t.is(median([1, 1000, 2]), 2);
  t.is(median([4, 1, 3, 2]), 2.5);
});

test("a ratio above 1 is better for us, whichever way the unit points", (t) => {
  t.is(ratioToBest(200, { a: 100, b: 50, c: undefined }, "higher"), 2);
  t.is(ratioToBest(5, { a: 10, b: 50 }, "lower"), 2);
  t.is(ratioToBest(5, { a: undefined }, "lower"), undefined);
});

test("shuffling keeps every contender", (t) => {
  t.deepEqual(
    shuffled([1, 2, 3, 4, 5]).sort((a, b) => a - b),
    [1, 2, 3, 4, 5],
  );
});

test("operations per second counts operations, not calls", (t) => {
  let operations = 0;
  const rate = opsPerSecond((n) => {
    operations += n;
  }, 5);
  t.true(rate > 0 && operations > 0);
});
