/**
 * Faults that other implementations have had and fixed, as an add-wins set built on this package would show them. The
 * set here is the smallest that can go wrong: elements with the dots of their adds, beside a causal context.
 */
import test from "ava";
import {
  type CausalContext,
  causalContext,
  compare,
  createLamportClock,
  createMatrixClock,
  createVectorClock,
  type Dot,
  decodeVersionVector,
  dottedVersionVectorSet,
  encodeVersionVector,
  hybridStamp,
  intervalTreeClock,
  versionVector,
} from "../src/index.ts";

interface AddWinsSet {
  readonly context: CausalContext;
  readonly adds: ReadonlyMap<string, readonly Dot[]>;
}

const empty: AddWinsSet = { context: causalContext(), adds: new Map() };

function add(set: AddWinsSet, id: string, element: string): AddWinsSet {
  const dot = set.context.next(id);
  return { context: set.context.add(dot.id, dot.counter), adds: new Map([...set.adds, [element, [dot]]]) };
}

function remove(set: AddWinsSet, element: string): AddWinsSet {
  return { context: set.context, adds: new Map([...set.adds].filter(([other]) => other !== element)) };
}

/** A dot survives when both have it, or when only one has it and the other has never heard of it. */
function merge(a: AddWinsSet, b: AddWinsSet): AddWinsSet {
  const adds = new Map<string, Dot[]>();
  for (const element of new Set([...a.adds.keys(), ...b.adds.keys()])) {
    const inA = a.adds.get(element) ?? [];
    const inB = b.adds.get(element) ?? [];
    const has = (dots: readonly Dot[], { id, counter }: Dot): boolean =>
      dots.some((other) => other.id === id && other.counter === counter);
    const kept = [
      ...inA.filter((dot) => has(inB, dot) || !b.context.has(dot.id, dot.counter)),
      ...inB.filter((dot) => !has(inA, dot) && !a.context.has(dot.id, dot.counter)),
    ];
    if (kept.length > 0) adds.set(element, kept);
  }
  return { context: a.context.merge(b.context), adds };
}

function elements({ adds }: AddWinsSet): string[] {
  return [...adds.keys()].sort();
}

test("riak_dt #82: an element removed on both sides does not come back through a third", (t) => {
  let a = add(empty, "a", "x");
  let b = add(empty, "b", "x");
  const c = a;
  a = remove(a, "x");
  b = merge(b, a);
  // b has seen a's add and a's removal; what remains is b's own add.
  b = remove(b, "x");
  t.deepEqual(elements(merge(b, merge(a, c))), []);
});

test("riak_dt #78: descends is not dominates, and a removal survives a merge with the sum of both", (t) => {
  const a = add(add(empty, "a", "foo"), "a", "bar");
  const b = add(empty, "b", "baz");
  const c = merge(a, b);
  const removed = remove(a, "bar");
  t.deepEqual(elements(merge(removed, c)), ["baz", "foo"]);
  t.deepEqual(elements(merge(c, removed)), ["baz", "foo"]);
});

test("vectors: equal ones descend from each other, and neither dominates", (t) => {
  const a = versionVector({ a: 1, b: 2 });
  const b = versionVector([...a]);
  t.true(a.descends(b) && b.descends(a));
  t.false(a.dominates(b) || b.dominates(a));
  t.true(a.descends(versionVector()), "everything descends from nothing");
  t.false(versionVector().dominates(versionVector()));
});

test("an entry that is missing counts as 0, on either side and at either end", (t) => {
  t.is(compare(versionVector({ b: 1 }), versionVector({ a: 1, b: 1 })), "before");
  t.is(compare(versionVector({ b: 1 }), versionVector({ b: 1, c: 1 })), "before");
  t.is(compare(versionVector({ a: 0, b: 1 }), versionVector({ b: 1 })), "equal");
  t.is(compare(versionVector({ a: 1 }), versionVector({ b: 1 })), "concurrent");
});

test("counters beyond 2^32 and up to 2^53 - 1 keep their value everywhere", (t) => {
  for (const counter of [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 35, 2 ** 52 + 1, 2 ** 53 - 1]) {
    const vector = versionVector({ a: counter });
    t.is(decodeVersionVector(encodeVersionVector(vector)).get("a"), counter);
    t.is(compare(vector, versionVector({ a: counter - 1 })), "after");
  }
});

test("an id reused after a restore from backup is not given a dot that others know", (t) => {
  const lost = causalContext({ a: [1, 9] });
  const restored = causalContext({ a: [1, 4] }).merge(lost.subtract(causalContext({ a: [1, 6] })));
  t.deepEqual(restored.next("a"), { id: "a", counter: 10 });
});

test("clocks of different kinds do not compare by accident", (t) => {
  const kinds = [
    versionVector({ a: 1 }),
    causalContext({ a: [1, 1] }),
    createLamportClock("a").tick(),
    hybridStamp(1),
    intervalTreeClock().event(),
    dottedVersionVectorSet<string>().update("a", "x"),
    createMatrixClock("a", ["a"]).send(),
    createVectorClock("a"),
  ];
  for (const a of kinds) {
    for (const b of kinds) {
      if (a === b) t.is(compare(a as never, b as never), "equal");
      else t.throws(() => compare(a as never, b as never), { code: "CLOCKS_INVALID_ARGUMENT" });
    }
  }
});
