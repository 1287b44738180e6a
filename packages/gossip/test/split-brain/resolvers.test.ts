import test from "ava";
import fc from "fast-check";
import {
  fingerprint,
  keepMajority,
  keepOldest,
  leaseDelayMs,
  leaseMajority,
  type SplitBrainResolver,
  staticQuorum,
} from "../../src/index.ts";

/** A cluster and the side of each of its members. */
const split = fc.array(fc.nat(2), { minLength: 1, maxLength: 9 });

/** What each side decides. */
function decide(sides: readonly number[], resolver: SplitBrainResolver): Map<number, string[]> {
  const all = sides.map((side, i) => ({ id: `n${i}`, side }));
  const decisions = new Map<number, string[]>();
  for (const { id, side } of all) {
    const reachable = all.filter((one) => one.side === side).map((one) => one.id);
    const unreachable = all.filter((one) => one.side !== side).map((one) => one.id);
    decisions.set(side, [...(decisions.get(side) ?? []), resolver({ self: id, reachable, unreachable })]);
  }
  return decisions;
}

const survivors = (decisions: Map<number, string[]>) =>
  [...decisions].filter(([, [one]]) => one === "survive");

test("all members of a side decide alike, and at most one side survives, whatever the split", (t) => {
  fc.assert(
    fc.property(split, fc.nat(2), (sides, holder) => {
      const quorum = (sides.length >> 1) + 1;
      const lease = (side: readonly string[]): boolean =>
        side.some((id) => sides[Number(id.slice(1))] === holder);
      for (const resolver of [staticQuorum(quorum), keepMajority(), leaseMajority(lease)]) {
        const decisions = decide(sides, resolver);
        for (const each of decisions.values()) t.is(new Set(each).size, 1);
        t.true(survivors(decisions).length <= 1);
      }
      for (const downIfAlone of [true, false]) {
        const decisions = decide(
          // The oldest's being alone is seen alike by two sides only.
          sides.map((side) => side % 2),
          keepOldest((id) => Number(id.slice(1)) % 4, { downIfAlone }),
        );
        t.is(survivors(decisions).length, 1);
      }
    }),
  );
});

test("a cluster that has not split survives", (t) => {
  const view = { self: "a", reachable: ["a", "b", "c"], unreachable: [] };
  for (const resolver of [staticQuorum(2), keepMajority(), keepOldest(() => 0), leaseMajority(() => true)])
    t.is(resolver(view), "survive");
  t.is(keepOldest(() => 0)({ self: "a", reachable: ["a"], unreachable: [] }), "survive");
});

test("of two equal halves the one with the first name survives", (t) => {
  t.is(keepMajority()({ self: "b", reachable: ["a", "b"], unreachable: ["c", "d"] }), "survive");
  t.is(keepMajority()({ self: "c", reachable: ["c", "d"], unreachable: ["a", "b"] }), "down");
});

test("the oldest's side survives, unless it is all alone", (t) => {
  const ages = (id: string): number => ({ a: 3, b: 1, c: 2 })[id] ?? 9;
  t.is(keepOldest(ages)({ self: "a", reachable: ["a", "b"], unreachable: ["c", "d", "e"] }), "survive");
  t.is(keepOldest(ages)({ self: "b", reachable: ["b"], unreachable: ["a", "c"] }), "down");
  t.is(keepOldest(ages)({ self: "a", reachable: ["a", "c"], unreachable: ["b"] }), "survive");
  const kept = keepOldest(ages, { downIfAlone: false });
  t.is(kept({ self: "b", reachable: ["b"], unreachable: ["a", "c"] }), "survive");
});

test("the larger side asks for the lease at once", (t) => {
  t.is(leaseDelayMs({ self: "a", reachable: ["a", "b"], unreachable: ["c"] }, 5_000), 0);
  t.is(leaseDelayMs({ self: "c", reachable: ["c"], unreachable: ["a", "b"] }, 5_000), 5_000);
});

test("fingerprints depend on who is there, not on the order", (t) => {
  t.is(fingerprint(["a", "b", "c"]), fingerprint(["c", "a", "b"]));
  t.not(fingerprint(["a", "b"]), fingerprint(["a", "c"]));
  t.not(fingerprint(["a"]), fingerprint([]));
  t.regex(fingerprint(["a", "b"]), /^[0-9a-f]{16}$/);
  const many = new Set(Array.from({ length: 10_000 }, (_, i) => fingerprint([`node-${i}`])));
  t.is(many.size, 10_000);
});
