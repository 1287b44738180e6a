import test from "ava";
import { residueInTheory, spreadOnce } from "../../bench/residue.ts";

test("feedback and coin leave the residue that the theory says", (t) => {
  const nodes = 2_000;
  const runs = 10;
  for (const [k, deviations] of [
    [1, 5],
    [3, 5],
  ] as const) {
    let left = 0;
    for (let seed = 1; seed <= runs; seed++) left += spreadOnce(nodes, k, seed).at(-1)!;
    const s = residueInTheory(k);
    // Final sizes spread about as a binomial law does, a little wider.
    const error = Math.sqrt((nodes * s) / runs);
    t.true(Math.abs(left / runs - s * nodes) < deviations * error, `k ${k}: ${left / runs} of ${s * nodes}`);
  }
});
