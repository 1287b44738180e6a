import test from "ava";
import fc from "fast-check";
import {
  createDocument,
  createMovableList,
  decodeDocument,
  decodeMovableList,
  integer,
  type MovableList,
  schema,
  text,
  type Version,
} from "../src/index.ts";
import { MovableListModel } from "./models/movable-list.ts";
import { backAndForth } from "./worlds/undo-rounds.ts";

const script = (replicas: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      who: fc.nat(replicas - 1),
      do: fc.constantFrom("insert", "insert", "move", "move", "set", "remove", "sync", "sync"),
      at: fc.nat(),
      to: fc.nat(),
    }),
    { minLength: 5, maxLength: 60, size: "max" },
  );

interface Step {
  readonly who: number;
  readonly do: string;
  readonly at: number;
  readonly to: number;
}

let made = 0;

/** Does one step to a list, and to its model if there is one. */
function run(list: MovableList<number>, { do: what, at, to }: Step, model?: MovableListModel): void {
  const { length } = list;
  if (what === "insert") {
    const value = ++made;
    list.insert(at % (length + 1), value);
    model?.insert(at % (length + 1), value);
  } else if (length === 0) return;
  else if (what === "set") {
    const value = ++made;
    list.set(at % length, value);
    model?.set(at % length, value);
  } else if (what === "remove") {
    list.remove(at % length);
    model?.remove(at % length);
  } else if (at % length !== to % length) {
    list.move(at % length, to % length);
    model?.move(at % length, to % length);
  }
}

test("every replica reads at every moment what the registers of the paper say", (t) => {
  fc.assert(
    fc.property(script(3), (steps) => {
      const ids = ["a", "b", "c"];
      const lists = ids.map((replica) => createMovableList(integer, { replica }));
      const models = ids.map((replica) => new MovableListModel(replica));
      const shown = lists.map((list) => {
        const values: number[] = [];
        list.onChange(({ steps: changes }) => {
          for (const { index, removed, inserted } of changes) values.splice(index, removed, ...inserted);
        });
        return values;
      });
      const sync = (who: number, from: number): void => {
        lists[who]!.apply(lists[from]!.updateSince(lists[who]!.version()));
        models[who]!.sync(models[from]!);
      };
      for (const step of steps) {
        const { who } = step;
        if (step.do === "sync") sync(who, step.at % 3);
        else run(lists[who]!, step, models[who]!);
        t.deepEqual(lists[who]!.toArray(), models[who]!.values());
        t.deepEqual(shown[who]!, models[who]!.values());
      }
      for (let round = 0; round < 2; round++)
        for (const who of [0, 1, 2]) for (const from of [0, 1, 2]) sync(who, from);
      for (const [who, list] of lists.entries()) {
        t.deepEqual(list.toArray(), models[who]!.values());
        t.deepEqual(list.toArray(), lists[0]!.toArray());
        t.deepEqual(list.encode(), lists[0]!.encode());
      }
      const copy = decodeMovableList(integer, lists[0]!.encode(), { replica: "d" });
      t.deepEqual(copy.toArray(), lists[0]!.toArray());
      t.deepEqual(copy.encode(), lists[0]!.encode());
      // What was read goes on like what was written.
      if (copy.length > 1) copy.move(0, copy.length - 1);
      copy.insert(0, 0);
      lists[1]!.apply(copy.takeUpdate()!);
      t.deepEqual(lists[1]!.toArray(), copy.toArray());
    }),
    { numRuns: 400 },
  );
});

test("a list that keeps its history tells what stood in it at every version, and the steps between any two", (t) => {
  fc.assert(
    fc.property(script(2), (steps) => {
      const lists = ["a", "b"].map((replica) => createMovableList(integer, { replica, history: true }));
      const seen: (readonly [Version, number[]])[] = [];
      for (const step of steps) {
        const list = lists[step.who]!;
        if (step.do === "sync") list.apply(lists[1 - step.who]!.updateSince(list.version()));
        else run(list, step);
        seen.push([list.version(), list.toArray()]);
      }
      for (const who of [0, 1]) lists[who]!.apply(lists[1 - who]!.updateSince(lists[who]!.version()));
      const again = decodeMovableList(integer, lists[0]!.encode(), { replica: "c", history: true });
      for (const list of [...lists, again])
        for (const [at, [version, values]] of seen.entries()) {
          t.deepEqual(list.at(version), values);
          const [other, shown] = seen[(at * 7) % seen.length]!;
          const played = [...shown];
          for (const { index, removed, inserted } of list.diff(other, version))
            played.splice(index, removed, ...inserted);
          t.deepEqual(played, values);
        }
      t.deepEqual(lists[1]!.encode(), again.encode());
    }),
    { numRuns: 150 },
  );
  const forgetful = createMovableList(integer, { replica: "a" });
  t.throws(() => forgetful.at(forgetful.version()), { code: "CRDT_HISTORY_NOT_KEPT" });
});

test("a list that kept its history is opened without it, alone and in a document", (t) => {
  const list = createMovableList(integer, { replica: "a", history: true });
  list.push(1, 2, 3);
  list.set(1, 4);
  list.move(0, 2);
  list.remove(0);
  list.remove(1);
  t.deepEqual(decodeMovableList(integer, list.encode(), { replica: "b" }).toArray(), [3]);
  const type = schema.map({ list: schema.movableList(integer) });
  const document = createDocument(type, { replica: "a", history: true });
  document.root.list.push(1, 2);
  document.root.list.remove(0);
  for (const history of [false, true]) {
    const read = decodeDocument(type, document.encode({ history }), { replica: "b" });
    t.deepEqual(read.value(), { list: [2] });
    t.deepEqual(decodeDocument(type, read.encode(), { replica: "c" }).value(), { list: [2] });
  }
});

test("updates in any order, doubled and one by one, come to the same list", (t) => {
  fc.assert(
    fc.property(script(3), fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (steps, order) => {
      const lists = ["a", "b", "c"].map((replica) => createMovableList(integer, { replica }));
      const updates: Uint8Array[] = [];
      for (const step of steps) {
        const list = lists[step.who]!;
        if (step.do === "sync") list.apply(lists[step.at % 3]!.updateSince(list.version()));
        else run(list, step);
        const update = list.takeUpdate();
        if (update) updates.push(update);
      }
      for (const list of [...lists, ...lists])
        for (const other of lists) list.apply(other.updateSince(list.version()));
      const late = createMovableList(integer, { replica: "d" });
      const shuffled = updates
        .map((update, i) => [order[i % 20]! * (i + 1), update] as const)
        .sort(([x], [y]) => (x % 101) - (y % 101));
      for (const [n, update] of shuffled) for (let i = 0; i <= n % 2; i++) late.apply(update);
      t.is(late.pendingBytes, 0);
      t.deepEqual(late.toArray(), lists[0]!.toArray());
      t.deepEqual(late.encode(), lists[0]!.encode());
    }),
    { numRuns: 300 },
  );
});

test("an item that two replicas move at once stands in one place, with what a third put into it", (t) => {
  const [a, b, c] = ["a", "b", "c"].map((replica) => createMovableList(text, { replica })) as [
    MovableList<string>,
    MovableList<string>,
    MovableList<string>,
  ];
  a.push("milk", "eggs", "bread");
  const first = a.takeUpdate()!;
  for (const list of [b, c]) list.apply(first);
  const milk = a.itemAt(0)!;
  a.move(0, 2);
  b.move(0, 1);
  c.set(0, "oat milk");
  const updates = [a, b, c].map((list) => list.takeUpdate()!);
  for (const list of [a, b, c]) list.apply(updates);
  for (const list of [a, b, c]) {
    t.deepEqual(list.toArray(), ["eggs", "oat milk", "bread"]);
    t.is(list.indexOfItem(milk), 1);
  }
});

test("of concurrent removal and movement the removal wins, and its content is gone", (t) => {
  const a = createMovableList(text, { replica: "a" });
  const b = createMovableList(text, { replica: "b" });
  a.push("public", "secret", "open");
  b.apply(a.takeUpdate()!);
  const item = a.itemAt(1)!;
  a.remove(1);
  b.move(1, 0);
  b.set(0, "secret too");
  a.apply(b.takeUpdate()!);
  b.apply(a.takeUpdate()!);
  for (const list of [a, b]) {
    t.deepEqual(list.toArray(), ["public", "open"]);
    t.is(list.indexOfItem(item), undefined);
    t.false(Buffer.from(list.encode()).includes("secret"));
  }
});

test("undo takes back movements, values, insertions and removals, and redo does them again", (t) => {
  fc.assert(
    fc.property(script(1), (steps) => {
      const list = createMovableList(integer, { replica: "a" });
      const undo = list.trackUndo();
      const states: number[][] = [[]];
      for (const step of steps) {
        if (step.do === "sync") continue;
        const before = list.version().get("a");
        list.transact(() => run(list, step));
        if (list.version().get("a") !== before) states.push(list.toArray());
      }
      backAndForth(t, undo, states, () => list.toArray());
    }),
    { numRuns: 200 },
  );
});

test("what is outside is refused, and a list's update is no movable list's", (t) => {
  const list = createMovableList(integer, { replica: "a" });
  list.push(1, 2, 3);
  for (const bad of [-1, 3, 0.5, Number.NaN]) {
    t.throws(() => list.move(bad, 0), { code: "CRDT_INVALID_ARGUMENT" });
    t.throws(() => list.move(0, bad), { code: "CRDT_INVALID_ARGUMENT" });
    t.throws(() => list.set(bad, 0), { code: "CRDT_INVALID_ARGUMENT" });
    t.is(list.get(bad), undefined);
    t.is(list.itemAt(bad), undefined);
  }
  t.throws(() => list.set(0, 0.5), { code: "CRDT_INVALID_ARGUMENT" });
  t.deepEqual([...list], [1, 2, 3]);
});
