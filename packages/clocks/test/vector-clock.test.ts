import test from "ava";
import fc from "fast-check";
import {
  compare,
  createVectorClock,
  keepHighest,
  prune,
  retired,
  type VersionVector,
  versionVector,
} from "../src/index.ts";

/** A random execution: each step is a local event, or a message from one process to another that arrives at once or later. */
const processes = ["p", "q", "r"];
const step = fc.oneof(
  fc.record({ at: fc.constantFrom(...processes), act: fc.constant("local" as const) }),
  fc.record({ at: fc.constantFrom(...processes), act: fc.constant("send" as const) }),
  fc.record({ at: fc.constantFrom(...processes), act: fc.constant("receive" as const), which: fc.nat() }),
);

test("stamps compare as the events' true causal pasts do", (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const clocks = new Map(processes.map((id) => [id, createVectorClock(id)]));
      // The truth, kept beside the clocks: each event with the set of all events before it.
      const past = new Map(processes.map((id) => [id, new Set<number>()]));
      const inFlight: { stamp: VersionVector; past: Set<number> }[] = [];
      const events: { stamp: VersionVector; past: Set<number> }[] = [];
      for (const s of steps) {
        const clock = clocks.get(s.at)!;
        const known = past.get(s.at)!;
        if (s.act === "receive") {
          const message = inFlight[s.which % Math.max(1, inFlight.length)];
          if (message === undefined) continue;
          clock.receive(message.stamp);
          for (const event of message.past) known.add(event);
        } else if (s.act === "send") {
          clock.send();
        } else {
          clock.tick();
        }
        known.add(events.length);
        const event = { stamp: clock.stamp(), past: new Set(known) };
        events.push(event);
        if (s.act === "send") inFlight.push(event);
      }
      for (const [i, a] of events.entries()) {
        for (const [j, b] of events.entries()) {
          const before = b.past.has(i);
          const after = a.past.has(j);
          const truth = i === j ? "equal" : before ? "before" : after ? "after" : "concurrent";
          t.is(compare(a.stamp, b.stamp), truth);
        }
      }
    }),
  );
});

test("tick counts in place, and stamps taken before stay", (t) => {
  const clock = createVectorClock("p");
  t.is(clock.tick(), 1);
  const early = clock.stamp();
  t.is(clock.tick(), 2);
  t.is(clock.tick(), 3);
  clock.receive(versionVector({ a: 4, z: 1 }));
  t.deepEqual({ ...early.toJSON() }, { p: 1 });
  t.deepEqual({ ...clock.stamp().toJSON() }, { a: 4, p: 4, z: 1 });
});

test("a clock goes on from a persisted stamp", (t) => {
  const clock = createVectorClock("p", versionVector({ p: 7, q: 1 }));
  t.is(clock.tick(), 8);
  const again = createVectorClock("p", versionVector(JSON.parse(JSON.stringify(clock.stamp()))));
  t.is(compare(again, clock), "equal");
  t.is(again.tick(), 9);
  t.is(compare(again, clock), "after");
});

test("a clock that meets forgotten events of its own does not name them again", (t) => {
  const clock = createVectorClock("p");
  clock.tick();
  clock.receive(versionVector({ p: 6, q: 1 }));
  t.is(clock.tick(), 8);
});

test("a clock refuses to count past the safe integers, and keeps its value", (t) => {
  const clock = createVectorClock("p", versionVector({ p: Number.MAX_SAFE_INTEGER - 1 }));
  t.is(clock.tick(), Number.MAX_SAFE_INTEGER);
  t.throws(() => clock.tick(), { code: "CLOCKS_COUNTER_OVERFLOW" });
  t.is(clock.stamp().get("p"), Number.MAX_SAFE_INTEGER);
  t.throws(() => clock.tick(), { code: "CLOCKS_COUNTER_OVERFLOW" });
  t.throws(() => createVectorClock(""), { code: "CLOCKS_INVALID_ARGUMENT" });
});

test("the example of Mattern's paper: a message carries the causal past along", (t) => {
  const p1 = createVectorClock("p1");
  const p2 = createVectorClock("p2");
  const p3 = createVectorClock("p3");
  const first = p1.send();
  p2.receive(first);
  const second = p2.send();
  p3.receive(second);
  p1.tick();
  t.is(compare(first, p3.stamp()), "before");
  t.is(compare(p1.stamp(), p3.stamp()), "concurrent");
  t.deepEqual({ ...p3.stamp().toJSON() }, { p1: 1, p2: 2, p3: 1 });
});

test("pruning reports what it drops, and what causality that costs", (t) => {
  const vector = versionVector({ a: 5, b: 3, c: 9 });
  const lossless = prune(vector, retired(["b"]), versionVector({ b: 3 }));
  t.deepEqual(lossless.dropped, [{ id: "b", counter: 3 }]);
  t.deepEqual(lossless.lost, []);
  const lossy = prune(vector, retired(["b", "nobody"]), versionVector({ b: 2 }));
  t.deepEqual(lossy.lost, [{ id: "b", counter: 3 }]);
  t.deepEqual({ ...lossy.vector.toJSON() }, { a: 5, c: 9 });
  // What the report warns of: the vector descended from this one, and the pruned one does not.
  t.is(compare(vector, versionVector({ b: 3 })), "after");
  t.is(compare(lossy.vector, versionVector({ b: 3 })), "concurrent");
  t.is(prune(vector, retired([])).vector, vector);
});

test("pruning takes a vector and a policy, and nothing else", (t) => {
  t.throws(() => prune(versionVector({ a: 1 }), undefined as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => prune({ a: 1 } as never, retired(["a"])), { code: "CLOCKS_INVALID_ARGUMENT" });
});

test("the size policy keeps those that rank highest, ties by id", (t) => {
  const heardMs = new Map([
    ["a", 10],
    ["b", 30],
    ["c", 20],
    ["d", 10],
  ]);
  const vector = versionVector({ a: 1, b: 1, c: 1, d: 1 });
  const policy = keepHighest(3, ({ id }) => heardMs.get(id) ?? 0);
  t.deepEqual(prune(vector, policy).vector.ids, ["a", "b", "c"]);
  t.is(
    prune(
      vector,
      keepHighest(9, () => 0),
    ).vector,
    vector,
  );
});
