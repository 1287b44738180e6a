import test from "ava";
import { seededRandom } from "../src/index.ts";

test("the same seed gives the same stream", (t) => {
  const draw = () =>
    Array.from(
      { length: 8 },
      (
        (r) => () =>
          r.uint32()
      )(seededRandom(42)),
    );
  t.deepEqual(draw(), draw());
});

test("a draw from one fork does not disturb another", (t) => {
  const quiet = seededRandom(1);
  const busy = seededRandom(1);
  busy.uint32();
  busy.fork("network").uint32();
  t.is(quiet.fork("disk").uint32(), busy.fork("disk").uint32());
});

test("between covers its range, ends included, evenly", (t) => {
  const random = seededRandom("between");
  const seen = [0, 0, 0, 0];
  for (let i = 0; i < 40_000; i++) {
    const index = random.between(3, 6) - 3;
    seen[index] = seen[index]! + 1;
  }
  for (const count of seen) t.true(Math.abs(count - 10_000) < 500, `${seen}`);
});
