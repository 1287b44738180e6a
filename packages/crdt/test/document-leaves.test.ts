// What only grows, and what is bounded, as parts of documents: in records, reset with them, undone, looked back at.
import test from "ava";
import fc from "fast-check";
// Not public: the lattice that a bounded counter in a document is.
import { live, lives } from "../src/document/leaves/lives.ts";
import {
  boundedCounter,
  brokenLaws,
  copy,
  createDocument,
  type Document,
  encode,
  schema,
} from "../src/index.ts";

const { map, record, gSet, twoPhaseSet, maxRegister, minRegister, boundedCounter: stock } = schema;
const shape = record(
  map({
    seen: gSet<string>(),
    once: twoPhaseSet<string>(),
    high: maxRegister(),
    low: minRegister(),
    stock: stock(),
  }),
);
type Shelves = Document<typeof shape>;

const pair = (history = false): [Shelves, Shelves] => [
  createDocument(shape, { replica: "a", history }),
  createDocument(shape, { replica: "b", history }),
];

function sync(a: Shelves, b: Shelves): void {
  a.apply(b.updateSince(a.version()));
  b.apply(a.updateSince(b.version()));
}

test("what only grows is joined, read, told of and looked back at", (t) => {
  const [a, b] = pair(true);
  const told: string[] = [];
  b.onChange(({ changes }) =>
    told.push(
      ...changes.map((change) => `${change.kind} ${"value" in change ? JSON.stringify(change.value) : ""}`),
    ),
  );
  const [mine, theirs] = [a.root.at("k"), b.root.at("k")];
  a.transact(() => {
    for (const element of ["x", "y"]) mine.seen.add(element);
    mine.once.add("x");
    mine.once.add("y");
    mine.once.delete("x");
    mine.high.set(5);
    mine.low.set(5);
    mine.stock.increment(9);
    mine.stock.transfer("b", 4);
  });
  sync(a, b);
  t.deepEqual(told.sort(), [
    "boundedCounter 9",
    'gSet ["x","y"]',
    "maxRegister 5",
    "minRegister 5",
    "record ",
    'twoPhaseSet ["y"]',
  ]);
  const then = a.version();
  const was = a.value();
  t.deepEqual(was, { k: { seen: ["x", "y"], once: ["y"], high: 5, low: 5, stock: 9 } });
  theirs.once.add("x");
  theirs.once.delete("later");
  theirs.once.add("later");
  theirs.high.set(4);
  theirs.low.set(4);
  theirs.stock.decrement(3);
  t.throws(() => theirs.stock.decrement(2), { code: "CRDT_INVALID_ARGUMENT", message: /by 1, not by 2/ });
  sync(a, b);
  t.deepEqual(a.value(), { k: { seen: ["x", "y"], once: ["y"], high: 5, low: 4, stock: 6 } });
  t.deepEqual([mine.stock.rights, theirs.stock.rights], [5, 1]);
  t.deepEqual(b.at(then), was);
  t.deepEqual(
    b
      .diff(then, b.version())
      .map(({ kind }) => kind)
      .sort(),
    ["boundedCounter", "minRegister"],
  );
});

test("removing a key takes away what was seen of what only grows, and what comes concurrently stays", (t) => {
  const [a, b] = pair();
  const fill = (
    { seen, once, high, low, stock: own }: typeof a.root extends { at(key: string): infer V } ? V : never,
    element: string,
    n: number,
  ): void => {
    seen.add(element);
    once.add(element);
    high.set(n);
    low.set(-n);
    own.increment(n);
  };
  fill(a.root.at("k"), "old", 5);
  a.root.at("k").once.delete("gone");
  sync(a, b);
  a.root.delete("k");
  t.deepEqual(a.value(), {});
  fill(b.root.at("k"), "new", 6);
  // A writing that is not beyond what is there changes nothing, so it saves nothing.
  b.root.at("k").seen.add("old");
  sync(a, b);
  const left = { seen: ["new"], once: ["new"], high: 6, low: -6, stock: 0 };
  t.deepEqual(a.value(), { k: left }, "but of a stock the removal wins");
  t.deepEqual(b.encode(), a.encode());
  a.root.at("k").once.add("gone");
  a.root.at("k").stock.increment(2);
  t.deepEqual(a.value(), { k: { ...left, once: ["gone", "new"], stock: 2 } }, "and all begins anew");
});

test("undo leaves what only grows, and brings back what a removal of the key took away", (t) => {
  const [a, b] = pair();
  const undo = a.trackUndo();
  const k = a.root.at("k");
  a.transact(() => {
    k.seen.add("x");
    k.once.add("y");
    k.high.set(3);
    k.low.set(3);
    k.stock.increment(4);
  });
  k.stock.decrement(3);
  undo.undo();
  t.is(k.stock.value, 4);
  undo.undo();
  const whole = { k: { seen: ["x"], once: ["y"], high: 3, low: 3, stock: 4 } };
  t.deepEqual(a.value(), whole);
  a.root.delete("k");
  undo.undo();
  sync(a, b);
  t.deepEqual(b.value(), whole);
  t.deepEqual([k.stock.rights, b.root.at("k").stock.rights], [4, 0]);
});

test("stocks that were begun concurrently are spent as one, each within its own bound", (t) => {
  const [a, b] = pair();
  a.root.at("k").stock.increment(3);
  b.root.at("k").stock.increment(4);
  b.root.at("k").stock.transfer("a", 2);
  sync(a, b);
  const own = a.root.at("k").stock;
  t.deepEqual([own.value, own.rights], [7, 5]);
  t.throws(() => own.decrement(6), { code: "CRDT_INVALID_ARGUMENT" });
  for (const bad of [0, -1, 1.5, Number.NaN])
    t.throws(() => own.decrement(bad), { code: "CRDT_INVALID_ARGUMENT" });
  own.decrement(5);
  sync(a, b);
  t.deepEqual([b.root.at("k").stock.value, b.root.at("k").stock.rights, own.rights], [2, 2, 0]);
});

const type = lives(boundedCounter);
const script = fc.array(
  fc.record({ who: fc.nat(2), from: fc.nat(2), what: fc.nat(4), n: fc.integer({ min: 1, max: 5 }) }),
  { maxLength: 24 },
);

test("lives obey the laws, and no life falls below zero whoever resets", (t) => {
  fc.assert(
    fc.property(script, (steps) => {
      const states = [0, 1, 2].map(() => type.bottom());
      for (const { who, from, what, n } of steps) {
        const [state, id] = [states[who]!, `r${who}`];
        const before = copy(type, state);
        const others = states.filter((one) => one !== state);
        const untouched = others.map((one) => encode(type, one));
        const change = (): ReturnType<typeof type.bottom> => {
          if (what === 1)
            return live(boundedCounter, state, id, (one) => boundedCounter.increment(one, id, n));
          const events = [...type.dots.dots(state.store)];
          const gone = { store: [], context: type.bottom().context };
          for (const dot of events) gone.context.add(dot.id, dot.counter);
          if (what === 2) type.merge(state, gone);
          return what === 2 ? gone : type.bottom();
        };
        const spendable = state.store.find((one) => boundedCounter.rights(one.state, id) >= n);
        if (what === 0) type.merge(state, states[from]!);
        else if (what === 3 && spendable !== undefined) boundedCounter.decrement(spendable.state, id, n);
        else {
          type.merge(before, change());
          t.true(type.equals(before, state), "the delta says all that was done");
        }
        const after = others.map((one) => encode(type, one));
        t.deepEqual(after, untouched, "what changes here changes nowhere else");
        for (const one of states)
          for (const { state: counter } of one.store) t.true(boundedCounter.value(counter) >= 0);
      }
      t.deepEqual(brokenLaws(type, states), []);
    }),
    { numRuns: 200 },
  );
});
