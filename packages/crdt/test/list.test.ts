import test from "ava";
import fc from "fast-check";
import { createList, decodeList, json, type List, text } from "../src/index.ts";

const script = fc.array(
  fc.record({
    who: fc.nat(2),
    at: fc.nat(),
    what: fc.constantFrom("insert", "remove", "sync"),
    n: fc.nat(9),
  }),
  { maxLength: 40 },
);

test("replicas of a list converge, keep their own insertions in order, and survive encoding", (t) => {
  fc.assert(
    fc.property(script, (steps) => {
      const lists = ["a", "b", "c"].map((replica) => createList(json, { replica }));
      for (const { who, at, what, n } of steps) {
        const list = lists[who]!;
        const before = list.toArray();
        if (what === "insert") {
          const index = at % (list.length + 1);
          list.insert(index, { n }, [n, "x"]);
          t.deepEqual(list.toArray(), before.toSpliced(index, 0, { n }, [n, "x"]));
        } else if (what === "remove" && list.length > 0) {
          list.remove(at % list.length);
          t.deepEqual(list.toArray(), before.toSpliced(at % before.length, 1));
        } else list.apply(lists[n % 3]!.updateSince(list.version()));
      }
      for (const list of [...lists, ...lists])
        for (const other of lists) list.apply(other.updateSince(list.version()));
      for (const list of lists) {
        t.deepEqual(list.toArray(), lists[0]!.toArray());
        t.deepEqual(list.encode(), lists[0]!.encode());
        t.deepEqual([...decodeList(json, list.encode(), { replica: "d" })], list.toArray());
      }
    }),
    { numRuns: 300 },
  );
});

test("a list refuses what it cannot encode or place, and stays as it was", (t) => {
  const list: List<unknown> = createList(json, { replica: "a" });
  list.push(1, 2);
  t.throws(() => list.push(undefined), { code: "CRDT_INVALID_ARGUMENT" });
  t.throws(() => list.insert(3, 1), { code: "CRDT_INVALID_ARGUMENT" });
  t.throws(() => list.remove(1, 2), { code: "CRDT_INVALID_ARGUMENT" });
  t.deepEqual(list.toArray(), [1, 2]);
  t.is(list.get(1), 2);
  t.is(list.get(2), undefined);
  const words = createList(text, { replica: "b" });
  words.push("no JSON");
  t.throws(() => list.apply(words.takeUpdate()!), { code: "CRDT_CORRUPT_BYTES" });
  t.deepEqual(list.toArray(), [1, 2]);
});

test("a cursor in a list keeps its place", (t) => {
  const list = createList(text, { replica: "a" });
  list.push("one", "two", "three");
  const cursor = list.cursorAt(2);
  list.insert(0, "zero");
  list.remove(1);
  t.is(list.indexOf(cursor), 2);
});

test("a list tells of its changes, goes back in time, and takes its own changes back", (t) => {
  fc.assert(
    fc.property(script, (steps) => {
      const [list, other] = ["a", "b"].map((replica) => createList(json, { replica, history: true }));
      const undo = list!.trackUndo();
      const shown: unknown[] = [];
      list!.onChange(({ steps: changes }) => {
        for (const { index, removed, inserted } of changes) shown.splice(index, removed, ...inserted);
      });
      const past = [{ version: list!.version(), values: list!.toArray() }];
      for (const { who, at, what, n } of steps) {
        const here = who === 0 ? list! : other!;
        if (what === "insert") here.insert(at % (here.length + 1), { n }, n);
        else if (what === "remove" && here.length > 0) here.remove(at % here.length);
        else {
          list!.apply(other!.updateSince(list!.version()));
          other!.apply(list!.updateSince(other!.version()));
        }
        t.deepEqual(shown, list!.toArray());
        past.push({ version: list!.version(), values: list!.toArray() });
      }
      for (const { version, values } of past) t.deepEqual(list!.at(version), values);
      for (const before of past)
        for (const after of past) {
          const values = [...before.values];
          for (const { index, removed, inserted } of list!.diff(before.version, after.version))
            values.splice(index, removed, ...inserted);
          t.deepEqual(values, after.values);
        }
      if (steps.every(({ who }) => who === 0)) {
        while (undo.undo());
        t.deepEqual(list!.toArray(), []);
        while (undo.redo());
        t.deepEqual(list!.toArray(), past.at(-1)!.values);
      }
    }),
    { numRuns: 150 },
  );
});
