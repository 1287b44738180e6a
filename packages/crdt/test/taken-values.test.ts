import test from "ava";
import {
  createAwareness,
  createDocument,
  createList,
  createMovableList,
  createRichText,
  decode,
  encode,
  gSet,
  json,
  lwwMap,
  lwwRegister,
  maxRegister,
  mvRegister,
  orMap,
  orSet,
  removeWinsSet,
  schema,
  twoPhaseSet,
} from "../src/index.ts";

interface Card {
  a: unknown;
}

const cards = schema.map({
  list: schema.list<Card>(),
  movable: schema.movableList<Card>(),
  latest: schema.lwwRegister<Card>(),
  siblings: schema.mvRegister<Card>(),
});

const invalid = { code: "CRDT_INVALID_ARGUMENT" };

test("what a caller does later to an object that a document took in changes no replica", (t) => {
  const here = createDocument(cards, { replica: "a" });
  const there = createDocument(cards, { replica: "b" });
  const inner = { b: [1] };
  const card: Card = { a: inner };
  here.root.list.insert(0, card);
  here.root.movable.push({ a: 0 }, card);
  here.root.movable.set(0, card);
  here.root.latest.set(card);
  here.root.siblings.set(card);
  there.apply(here.takeUpdate()!);
  inner.b[0] = 2;
  card.a = 3;
  const written = { a: { b: [1] } };
  for (const document of [here, there])
    t.deepEqual(document.value(), {
      list: [written],
      movable: [written, written],
      latest: written,
      siblings: [written],
    });
  t.deepEqual(here.encode(), there.encode());
});

test("what a document hands out cannot be changed, whether it was written here or read from bytes", (t) => {
  const here = createDocument(cards, { replica: "a" });
  const there = createDocument(cards, { replica: "b" });
  here.root.list.push({ a: { b: [1] } });
  here.root.latest.set({ a: { b: [1] } });
  there.apply(here.takeUpdate()!);
  for (const document of [here, there]) {
    const { list, latest } = document.value();
    for (const card of [list[0]!, latest!, document.root.list.get(0)!, document.root.latest.value!]) {
      t.throws(() => Object.assign(card, { a: 9 }), { instanceOf: TypeError });
      t.throws(() => (card.a as { b: number[] }).b.push(2), { instanceOf: TypeError });
    }
  }
});

test("a value is at its writer what it is everywhere: what JSON says of it", (t) => {
  const list = createList<unknown>(json, { replica: "a" });
  list.push({ gone: undefined, at: new Date(0) }, Number.NaN, [Number.POSITIVE_INFINITY]);
  t.deepEqual(list.toArray(), [{ at: "1970-01-01T00:00:00.000Z" }, null, [null]]);
});

test("the types that stand alone take in a copy as well", (t) => {
  const card: Card = { a: 1 };
  const latest = lwwRegister(json);
  const siblings = mvRegister(json);
  const map = lwwMap(json as never, json);
  const states = [latest.bottom(), siblings.bottom(), map.bottom()] as const;
  const deltas = [
    latest.set(states[0], "a", card, 1),
    siblings.set(states[1], "a", card),
    map.set(states[2], "a", "key" as never, card, 1),
  ] as const;
  const presence = createAwareness(json, { replica: "a" });
  presence.set(card, 0);
  const movable = createMovableList(json, { replica: "a" });
  movable.push(card);
  card.a = 2;
  t.deepEqual(latest.value(states[0]), { a: 1 });
  t.deepEqual(latest.value(deltas[0]), { a: 1 });
  t.deepEqual(siblings.values(states[1]), [{ a: 1 }]);
  t.deepEqual(map.get(deltas[2], "key" as never), { a: 1 });
  t.deepEqual(presence.states.get("a"), { a: 1 });
  t.deepEqual(movable.get(0), { a: 1 });
  t.deepEqual(decode(latest, encode(latest, states[0])), states[0]);
});

test("the types that stand alone refuse at once what they cannot encode, and stay as they were", (t) => {
  const codec = json as never;
  const bad = [undefined, () => 1, 1n] as never[];
  const types = { g: gSet(codec), or: orSet(codec), strict: removeWinsSet(codec), two: twoPhaseSet(codec) };
  const [latest, siblings, map, maps] = [
    lwwRegister(codec),
    mvRegister(codec),
    lwwMap(codec, codec),
    orMap(codec, types.or),
  ];
  const g = types.g.bottom();
  const or = types.or.bottom();
  const strict = types.strict.bottom();
  const two = types.two.bottom();
  const register = latest.bottom();
  const many = siblings.bottom();
  const values = map.bottom();
  const sets = maps.bottom();
  const key = "key" as never;
  for (const value of bad)
    for (const attempt of [
      () => types.g.add(g, value),
      () => types.or.add(or, "a", value),
      () => types.or.remove(or, value),
      () => types.strict.add(strict, "a", value),
      () => types.strict.remove(strict, "a", value),
      () => types.two.add(two, value),
      () => types.two.remove(two, value),
      () => latest.set(register, "a", value, 1),
      () => siblings.set(many, "a", value),
      () => map.set(values, "a", value, key, 1),
      () => map.set(values, "a", key, value, 1),
      () => map.remove(values, "a", value, 1),
      () => maps.update(sets, value, (set) => types.or.add(set, "a", key)),
      () => maps.update(sets, key, (set) => types.or.add(set, "a", value)),
    ])
      t.throws(attempt, invalid);
  t.throws(() => types.or.add(or, "a", { no: "key" } as never), invalid);
  t.throws(() => maxRegister.set(maxRegister.bottom(), Number.NaN), invalid);
  t.deepEqual(encode(types.g, g), encode(types.g, types.g.bottom()));
  t.deepEqual(encode(types.or, or), encode(types.or, types.or.bottom()));
  t.deepEqual(encode(types.strict, strict), encode(types.strict, types.strict.bottom()));
  t.deepEqual(encode(types.two, two), encode(types.two, types.two.bottom()));
  t.deepEqual(encode(latest, register), encode(latest, latest.bottom()));
  t.deepEqual(encode(siblings, many), encode(siblings, siblings.bottom()));
  t.deepEqual(encode(map, values), encode(map, map.bottom()));
  t.deepEqual(encode(maps, sets), encode(maps, maps.bottom()));
});

test("attributes of a rich text that are not JSON are refused, and nothing is inserted", (t) => {
  const rich = createRichText({ replica: "a" });
  rich.insert(0, "abc");
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const value of [circle, 1n, undefined]) {
    t.throws(() => rich.format(0, 3, { bold: value }), invalid);
    t.throws(() => rich.insert(3, "d", { bold: value }), invalid);
  }
  t.deepEqual(rich.runs(), [{ insert: "abc", attributes: {} }]);
});
