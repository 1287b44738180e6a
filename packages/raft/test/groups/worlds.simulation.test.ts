import { simulate } from "@coterie/simulation";
import test from "ava";
import { suite } from "../../simulation/raft-groups.suite.ts";

// Groups that share a host, with everything going wrong: see the suite. Many more worlds: `npm run simulate -- raft-groups`.
const seeds = 30;
const block = 10;

for (let from = 1; from <= seeds; from += block) {
  test.serial(`seeds ${from} to ${from + block - 1}`, async (t) => {
    for (let seed = from; seed < from + block; seed++) {
      const report = await simulate({ ...suite, seed, twice: seed === from });
      t.true(report.ok, report.story);
    }
  });
}
