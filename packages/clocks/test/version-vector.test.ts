import test from "ava";
import fc from "fast-check";
import { compare, type Ordering, type VersionVector, versionVector } from "../src/index.ts";
import { counter, dots, id, ids, type Model, model } from "./arbitraries.ts";

const vector = model.map((of) => versionVector(dots(of)));

/** The definition, over every id there is: slow and plain. */
function expected(a: Model, b: Model): Ordering {
  const pairs = ids.map((name) => [a.get(name) ?? 0, b.get(name) ?? 0] as const);
  const atMost = pairs.every(([x, y]) => x <= y);
  const atLeast = pairs.every(([x, y]) => x >= y);
  if (atMost) return atLeast ? "equal" : "before";
  return atLeast ? "after" : "concurrent";
}

function same(a: VersionVector, b: VersionVector): boolean {
  return JSON.stringify(a) === JSON.stringify(b) && compare(a, b) === "equal";
}

test("compare is the pointwise order, whatever the rosters", (t) => {
  fc.assert(
    fc.property(model, model, (a, b) => {
      const x = versionVector(dots(a));
      const y = versionVector(dots(b));
      t.is(compare(x, y), expected(a, b));
      t.is(compare(x, y), expected(a, b), "asked twice, after the rosters may have been unified");
      t.is(x.descends(y), ["after", "equal"].includes(expected(a, b)));
      t.is(x.dominates(y), expected(a, b) === "after");
    }),
  );
});

test("vectors over one roster compare and merge like any others", (t) => {
  fc.assert(
    fc.property(model, fc.array(id), fc.array(id), (base, ticksA, ticksB) => {
      const start = versionVector(dots(base).map((dot) => ({ ...dot, counter: Math.min(dot.counter, 1e6) })));
      const a = ticksA.filter((name) => base.has(name)).reduce((v, name) => v.increment(name), start);
      const b = ticksB.filter((name) => base.has(name)).reduce((v, name) => v.increment(name), start);
      const rebuilt = versionVector([...b]);
      t.is(compare(a, b), compare(a, rebuilt));
      t.true(same(a.merge(b), a.merge(rebuilt)));
      t.true(same(a.meet(b), a.meet(rebuilt)));
    }),
  );
});

test("merge and meet form a distributive lattice", (t) => {
  fc.assert(
    fc.property(vector, vector, vector, (a, b, c) => {
      t.true(same(a.merge(b), b.merge(a)), "merge commutes");
      t.true(same(a.meet(b), b.meet(a)), "meet commutes");
      t.true(same(a.merge(b).merge(c), a.merge(b.merge(c))), "merge associates");
      t.true(same(a.meet(b).meet(c), a.meet(b.meet(c))), "meet associates");
      t.is(a.merge(a), a, "merge is idempotent, and makes nothing new");
      t.is(a.meet(a), a, "meet is idempotent");
      t.true(same(a.merge(a.meet(b)), a), "absorption");
      t.true(same(a.meet(a.merge(b)), a), "absorption");
      t.true(same(a.meet(b.merge(c)), a.meet(b).merge(a.meet(c))), "distribution");
      t.true(a.merge(b).descends(a) && a.descends(a.meet(b)), "bounds");
      t.true(a.descends(b) === same(a.merge(b), a), "order and join agree");
    }),
  );
});

test("increment is a strict advance and leaves the old value alone", (t) => {
  fc.assert(
    fc.property(vector, id, (a, name) => {
      fc.pre(a.get(name) < Number.MAX_SAFE_INTEGER);
      const before = JSON.stringify(a);
      const b = a.increment(name);
      t.true(b.dominates(a));
      t.is(b.get(name), a.get(name) + 1);
      t.true(b.has(name, b.get(name)) && !a.has(name, b.get(name)));
      t.is(JSON.stringify(a), before);
    }),
  );
});

test("observe raises one entry and never lowers it", (t) => {
  fc.assert(
    fc.property(vector, id, counter, (a, name, value) => {
      const b = a.observe(name, value);
      t.is(b.get(name), Math.max(a.get(name), value));
      t.true(same(b, a.merge(versionVector([{ id: name, counter: value }]))));
    }),
  );
});

test("a mutable vector follows the immutable one, and its snapshots stay as they were taken", (t) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("increment" as const), id }),
    fc.record({ kind: fc.constant("observe" as const), id, counter: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ kind: fc.constant("merge" as const), other: vector }),
    fc.record({ kind: fc.constant("delete" as const), id }),
    fc.record({ kind: fc.constant("snapshot" as const) }),
  );
  const small = model.filter((of) => [...of.values()].every((value) => value < 1e6));
  fc.assert(
    fc.property(small, fc.array(step, { maxLength: 30 }), (start, steps) => {
      let value = versionVector(dots(start));
      const mutable = value.toMutable();
      const snapshots: { taken: VersionVector; json: string }[] = [];
      for (const s of steps) {
        const before = value;
        if (s.kind === "increment" && value.get(s.id) < Number.MAX_SAFE_INTEGER) {
          value = value.increment(s.id);
          t.is(mutable.increment(s.id), value.get(s.id));
        } else if (s.kind === "observe") {
          value = value.observe(s.id, s.counter);
          t.is(mutable.observe(s.id, s.counter), value !== before);
        } else if (s.kind === "merge") {
          value = value.merge(s.other);
          t.is(mutable.merge(s.other), value !== before);
        } else if (s.kind === "delete") {
          value = value.without([s.id]);
          t.is(mutable.delete(s.id), value !== before);
        } else if (s.kind === "snapshot") {
          const taken = mutable.snapshot();
          snapshots.push({ taken, json: JSON.stringify(taken) });
        }
        t.is(JSON.stringify(mutable), JSON.stringify(value));
        t.is(mutable.compare(value), "equal");
      }
      for (const { taken, json } of snapshots) t.is(JSON.stringify(taken), json);
    }),
  );
});

test("JSON keeps every id, also those that JavaScript objects treat apart", (t) => {
  fc.assert(
    fc.property(vector, (a) => {
      t.true(same(versionVector(JSON.parse(JSON.stringify(a))), a));
    }),
  );
  t.is(versionVector(JSON.parse('{"__proto__":3}')).get("__proto__"), 3);
});

test("large vectors agree with the definition too", (t) => {
  const names = Array.from({ length: 300 }, (_, i) => `node-${i}`);
  const a = versionVector(names.map((name, i) => ({ id: name, counter: i + 1 })));
  const b = versionVector(names.slice(100).map((name, i) => ({ id: name, counter: 400 - i })));
  t.is(compare(a, b), "concurrent");
  const joined = a.merge(b);
  t.is(joined.size, 300);
  for (const [i, name] of names.entries()) {
    t.is(joined.get(name), Math.max(i + 1, i < 100 ? 0 : 500 - i));
    t.is(a.meet(b).get(name), i < 100 ? 0 : Math.min(i + 1, 500 - i));
  }
});

test("bad arguments get a typed error that names them", (t) => {
  const bad: [unknown, string][] = [
    [{ a: -1 }, "CLOCKS_INVALID_ARGUMENT"],
    [{ a: 1.5 }, "CLOCKS_INVALID_ARGUMENT"],
    [{ a: Number.NaN }, "CLOCKS_INVALID_ARGUMENT"],
    [{ a: "1" }, "CLOCKS_INVALID_ARGUMENT"],
    [{ a: 2 ** 53 }, "CLOCKS_COUNTER_OVERFLOW"],
    [{ "": 1 }, "CLOCKS_INVALID_ARGUMENT"],
    [{ "\ud800": 1 }, "CLOCKS_INVALID_ARGUMENT"],
    [{ [`${"é".repeat(128)}`]: 1 }, "CLOCKS_INVALID_ARGUMENT"],
    [
      [
        { id: "a", counter: 1 },
        { id: "a", counter: 2 },
      ],
      "CLOCKS_INVALID_ARGUMENT",
    ],
    [[null], "CLOCKS_INVALID_ARGUMENT"],
    [7, "CLOCKS_INVALID_ARGUMENT"],
    [null, "CLOCKS_INVALID_ARGUMENT"],
  ];
  for (const [entries, code] of bad) t.throws(() => versionVector(entries as never), { code });
  t.throws(() => versionVector().merge({ a: 1 } as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => versionVector().merge(undefined as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => compare(undefined as never, versionVector()), { code: "CLOCKS_INVALID_ARGUMENT" });
});

test("a counter does not leave the safe integers", (t) => {
  const full = versionVector({ a: Number.MAX_SAFE_INTEGER });
  t.throws(() => full.increment("a"), { code: "CLOCKS_COUNTER_OVERFLOW" });
  const mutable = full.toMutable();
  t.throws(() => mutable.increment("a"), { code: "CLOCKS_COUNTER_OVERFLOW" });
  t.is(mutable.get("a"), Number.MAX_SAFE_INTEGER);
});

test("what a vector hands out cannot be used to change it", (t) => {
  const vector = versionVector({ a: 1, b: 2 });
  t.throws(() => (vector.ids as string[]).push("c"), { instanceOf: TypeError });
  const json = vector.toJSON();
  json.a = 9;
  t.is(vector.get("a"), 1);
});

test("a vector names a bounded number of replicas", (t) => {
  const many = Array.from({ length: 65_537 }, (_, i) => ({ id: `r${i}`, counter: 1 }));
  t.throws(() => versionVector(many), { code: "CLOCKS_TOO_LARGE" });
});
