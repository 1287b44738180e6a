import test from "ava";
import fc from "fast-check";
import { compare, createStabilityTracker, type VersionVector, versionVector } from "../src/index.ts";

const members = ["a", "b", "c"];
const vector = fc
  .record({
    a: fc.integer({ min: 0, max: 4 }),
    b: fc.integer({ min: 0, max: 4 }),
    x: fc.integer({ min: 0, max: 4 }),
  })
  .map((counters) => versionVector(counters));

/** The definition: what every member has seen. */
function meetOfAll(seen: readonly VersionVector[]): VersionVector {
  return seen.reduce((a, b) => a.meet(b));
}

test("stable is the meet of what the members have seen, after every step", (t) => {
  const observation = fc.tuple(fc.constantFrom(...members), vector);
  fc.assert(
    fc.property(fc.array(observation, { maxLength: 30 }), (observations) => {
      const tracker = createStabilityTracker(members);
      const seen = new Map(members.map((member) => [member, versionVector()]));
      for (const [i, [member, value]] of observations.entries()) {
        tracker.observe(member, value);
        seen.set(member, seen.get(member)!.merge(value));
        t.is(compare(tracker.seenBy(member), seen.get(member)!), "equal");
        // Not asked after every step, so that entries that were left stale for long are met too.
        if (i % 3 === 0) t.is(compare(tracker.stable(), meetOfAll([...seen.values()])), "equal");
      }
      const stable = tracker.stable();
      t.is(compare(stable, meetOfAll([...seen.values()])), "equal");
      for (const name of ["a", "b", "x"]) {
        for (let counter = 1; counter <= 4; counter++) {
          t.is(tracker.isStable(name, counter), stable.has(name, counter));
          t.is(tracker.laggards(name, counter).length === 0, stable.has(name, counter));
        }
      }
    }),
  );
});

test("members that come and go never take back what was stable", (t) => {
  const step = fc.oneof(
    fc.record({ join: fc.constantFrom("a", "b", "c", "d"), seen: vector }),
    fc.record({ leave: fc.constantFrom("a", "b", "c", "d") }),
    fc.record({ from: fc.constantFrom("a", "b", "c", "d"), seen: vector }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const tracker = createStabilityTracker(members);
      let last = tracker.stable();
      for (const s of steps) {
        if ("join" in s) tracker.join(s.join, s.seen);
        else if ("leave" in s) tracker.leave(s.leave);
        else if (tracker.members.includes(s.from)) tracker.observe(s.from, s.seen);
        const stable = tracker.stable();
        t.true(stable.descends(last));
        for (const member of tracker.members) t.true(tracker.seenBy(member).descends(stable));
        last = stable;
      }
    }),
  );
});

test("what was stable when a newcomer joins stays so, whether or not anybody had asked", (t) => {
  const tracker = createStabilityTracker(members);
  for (const member of members) tracker.observe(member, versionVector({ a: 3 }));
  tracker.join("d");
  t.true(tracker.isStable("a", 3));
  tracker.observe("a", versionVector({ a: 4 }));
  t.deepEqual(
    tracker.laggards("a", 4).map(({ member }) => member),
    ["b", "c", "d"],
  );
});

test("one silent member holds everything back, and is named", (t) => {
  const tracker = createStabilityTracker(members);
  tracker.observe("a", versionVector({ a: 5, b: 2 }));
  tracker.observe("b", versionVector({ a: 5, b: 2 }));
  t.is(tracker.stable().size, 0);
  t.deepEqual(tracker.laggards("a", 5), [{ member: "c", seen: 0 }]);
  tracker.observe("c", versionVector({ a: 3 }));
  t.deepEqual(tracker.stable().toJSON(), versionVector({ a: 3 }).toJSON());
  t.true(tracker.leave("c"));
  t.false(tracker.leave("c"));
  t.is(compare(tracker.stable(), versionVector({ a: 5, b: 2 })), "equal");
  t.deepEqual(tracker.laggards("a", 5), []);
});

test("who is no member is refused", (t) => {
  const tracker = createStabilityTracker(members);
  t.throws(() => tracker.observe("z", versionVector()), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => tracker.seenBy("z"), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => tracker.observe("a", { a: 1 } as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  for (const bad of [undefined, null, "abc", 3]) {
    t.throws(() => createStabilityTracker(bad as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  t.throws(() => tracker.join(""), { code: "CLOCKS_INVALID_ARGUMENT" });
});

test("a tracker continues where another left off", (t) => {
  const tracker = createStabilityTracker(members, versionVector({ a: 3 }));
  t.true(tracker.isStable("a", 3));
  for (const member of members) tracker.observe(member, versionVector({ a: 4 }));
  t.true(tracker.isStable("a", 4));
});
