import test from "ava";
import { massJoin } from "../../simulation/mass-join.ts";

// The long form, with 2,000 members: `npm run bench -- gossip join`.
test("300 members that are switched on at the same moment soon know each other, and flood nobody", (t) => {
  for (const [seed, loss] of [
    [1, 0],
    [2, 0.1],
  ] as const) {
    const seen = massJoin({ count: 300, seeds: 2, seed, loss, untilMs: 60_000 });
    const { completeMs = Number.NaN, failed } = seen;
    t.true(completeMs <= 30_000, `seed ${seed}: ${completeMs} ms`);
    const { bytesMost } = seen.curve.at(-1)!;
    // All records together have some 15 kB.
    t.true(bytesMost < 500_000, `seed ${seed}: a member sent ${bytesMost} bytes`);
    t.true(seen.seedBytesPerSecond < 400_000, `seed ${seed}: a seed sent ${seen.seedBytesPerSecond} bytes/s`);
    t.is(failed, 0, `seed ${seed}`);
  }
});
