import test from "ava";
import fc from "fast-check";
import { createDocument, schema } from "../src/index.ts";
import { DocumentWorld, documentSteps } from "./worlds/document-world.ts";

test("undo goes back through every transaction of a document, and redo forth again", (t) => {
  fc.assert(
    fc.property(documentSteps(1, 20), fc.integer({ min: 1, max: 3 }), (script, rounds) => {
      const world = new DocumentWorld(1);
      const document = world.documents[0]!;
      const undo = document.trackUndo();
      const values = [document.value()];
      for (const step of script) {
        const before = document.version().seen.get("r0");
        document.transact(() => world.run(step));
        if (document.version().seen.get("r0") !== before) values.push(document.value());
      }
      for (let round = 0; round < rounds; round++) {
        for (const value of values.slice(0, -1).reverse()) {
          t.true(undo.undo());
          t.deepEqual(document.value(), value);
        }
        t.false(undo.undo());
        for (const value of values.slice(1)) {
          t.true(undo.redo());
          t.deepEqual(document.value(), value);
        }
        t.false(undo.redo());
      }
    }),
    { numRuns: 300 },
  );
});

const { map, text, counter, orSet, lwwRegister, movableTree, record } = schema;
const shape = map({
  title: text(),
  votes: counter(),
  tags: orSet<string>(),
  due: lwwRegister<string>(),
  tree: movableTree(),
  pages: record(text()),
});

test("undo takes back one's own changes in every part at once, and leaves those of others", (t) => {
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(shape, { replica }));
  const undo = ann!.trackUndo();
  ann!.transact((root) => {
    root.title.insert(0, "Trip");
    root.votes.add(2);
    root.tags.add("mine");
    root.tags.add("ours");
    root.due.set("Monday");
    root.tree.move("node");
    root.pages.at("one").insert(0, "page");
  });
  bob!.apply(ann!.takeUpdate()!);
  bob!.transact((root) => {
    root.title.insert(4, " to Rome");
    root.votes.add(5);
    root.tags.add("ours");
    root.due.set("Tuesday");
    root.tree.move("shelf");
    root.tree.move("node", "shelf");
    root.pages.at("one").insert(4, " one");
  });
  ann!.apply(bob!.takeUpdate()!);
  t.true(undo.undo());
  t.deepEqual(ann!.value(), {
    title: " to Rome",
    votes: 5,
    tags: ["ours"],
    due: "Tuesday",
    tree: { node: "", children: [{ node: "shelf", children: [{ node: "node", children: [] }] }] },
    pages: { one: " one" },
  });
  bob!.apply(ann!.takeUpdate()!);
  t.deepEqual(bob!.encode(), ann!.encode());
  t.true(undo.redo());
  t.is(ann!.root.title.toString(), "Trip to Rome");
  t.is(ann!.root.votes.value, 7);
});

test("an undoing that finds nothing left to take back is redone as nothing, and those after it as they were", (t) => {
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(shape, { replica }));
  const undo = ann!.trackUndo();
  ann!.root.title.insert(0, "a");
  ann!.root.title.insert(1, "b");
  bob!.apply(ann!.takeUpdate()!);
  bob!.root.title.remove(0, 1);
  ann!.apply(bob!.takeUpdate()!);
  t.true(undo.undo());
  t.true(undo.undo(), "bob has removed it already");
  t.is(ann!.root.title.toString(), "");
  t.true(undo.redo());
  t.true(undo.redo());
  t.is(ann!.root.title.toString(), "b");
});

test("undoing the removal of a key brings back all that stood there", (t) => {
  const document = createDocument(shape, { replica: "ann" });
  document.root.pages.at("one").insert(0, "page");
  const undo = document.trackUndo({ stepsMax: 2 });
  document.root.pages.delete("one");
  t.false(document.root.pages.has("one"));
  t.true(undo.undo());
  t.is(document.root.pages.at("one").toString(), "page");
  for (let i = 0; i < 3; i++) document.root.votes.add(1);
  t.true(undo.undo());
  t.true(undo.undo());
  t.false(undo.canUndo, "the depth is bounded");
  t.is(document.root.votes.value, 1);
  undo.stop();
  document.root.votes.add(1);
  t.false(undo.undo());
});

test("one event for each transaction, and its steps lead from the old text to the new", (t) => {
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(shape, { replica }));
  const seen: unknown[] = [];
  const stop = bob!.onChange(({ origin, changes }) => {
    for (const change of changes) {
      if (change.kind === "text") seen.push([origin, change.path, change.steps]);
      else if (change.kind === "record") seen.push([origin, change.path, change.key]);
      else seen.push([origin, change.path, change.value]);
    }
    seen.push("end");
  });
  ann!.transact((root) => {
    root.title.insert(0, "ab");
    root.title.insert(2, "c");
    root.pages.at("p").insert(0, "x");
    root.votes.add(1);
  });
  bob!.apply(ann!.takeUpdate()!);
  bob!.root.title.remove(0, 1);
  stop();
  bob!.root.title.remove(0, 1);
  t.deepEqual(seen, [
    ["remote", ["title"], [{ index: 0, removed: 0, inserted: "abc" }]],
    ["remote", ["pages", "p"], [{ index: 0, removed: 0, inserted: "x" }]],
    ["remote", ["pages"], "p"],
    ["remote", ["votes"], 1],
    "end",
    ["local", ["title"], [{ index: 0, removed: 1, inserted: "" }]],
    "end",
  ]);
});

test("events, undo and views go on after history was forgotten", (t) => {
  const members = ["ann", "bob"];
  const [ann, bob] = members.map((replica) => createDocument(shape, { replica, members }));
  const kinds: string[] = [];
  bob!.onChange(({ changes }) => kinds.push(...changes.map(({ kind }) => kind)));
  const undo = bob!.trackUndo();
  const { title } = bob!.root;
  title.insert(0, "one");
  ann!.apply(bob!.takeUpdate()!);
  ann!.observe("bob", bob!.version());
  t.true(ann!.forget());
  ann!.root.title.insert(3, " two");
  bob!.apply(ann!.updateSince(bob!.version()));
  t.false(undo.canUndo, "what was forgotten cannot be undone");
  title.insert(0, "> ");
  t.is(title.toString(), "> one two");
  t.true(undo.undo());
  t.is(title.toString(), "one two");
  t.deepEqual(kinds, ["text", "text", "text", "text"]);
});

test("a document may be a single part", (t) => {
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(text(), { replica }));
  ann!.root.insert(0, "hello");
  bob!.apply(ann!.takeUpdate()!);
  t.is(bob!.value(), "hello");
  t.deepEqual(bob!.encode(), ann!.encode());
});

test("cursors keep their place while others edit", (t) => {
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(shape, { replica }));
  ann!.root.title.insert(0, "hello");
  bob!.apply(ann!.takeUpdate()!);
  const cursor = ann!.root.title.cursorAt(3);
  bob!.root.title.insert(0, ">> ");
  ann!.apply(bob!.takeUpdate()!);
  t.is(ann!.root.title.indexOf(cursor), 6);
});

test("an exception passes through a transaction, and what was changed before it stays", (t) => {
  const document = createDocument(shape, { replica: "ann" });
  const undo = document.trackUndo();
  t.throws(() =>
    document.transact((root) => {
      root.votes.add(1);
      root.pages.at("one").insert(5, "outside");
    }),
  );
  t.is(document.root.votes.value, 1);
  t.false(document.root.pages.has("one"), "what failed makes no key be there");
  t.throws(() => document.transact(() => document.takeUpdate()), { code: "CRDT_INVALID_ARGUMENT" });
  t.true(document.takeUpdate()!.length > 0);
  t.true(undo.undo());
  t.is(document.root.votes.value, 0);
});

const kinds = {
  text: schema.text(),
  rich: schema.richText(),
  list: schema.list<string>(),
  cards: schema.movableList<string>(),
  votes: schema.counter(),
  stock: schema.boundedCounter(),
  due: schema.lwwRegister<string>(),
  names: schema.mvRegister<string>(),
  best: schema.maxRegister(),
  worst: schema.minRegister(),
  open: schema.enableWinsFlag(),
  shut: schema.disableWinsFlag(),
  tags: schema.orSet<string>(),
  banned: schema.removeWinsSet<string>(),
  seen: schema.gSet<string>(),
  once: schema.twoPhaseSet<string>(),
  tree: schema.movableTree(),
};
const kindsMap = map(kinds);
type Kinds = ReturnType<typeof createDocument<typeof kindsMap>>["root"];
const writers: { [K in keyof typeof kinds]: (part: Kinds[K], who: string) => void } = {
  text: (part, who) => part.insert(0, who),
  rich: (part, who) => part.insert(0, who),
  list: (part, who) => part.push(who),
  cards: (part, who) => part.push(who),
  votes: (part) => part.add(2),
  stock: (part) => part.increment(3),
  due: (part, who) => part.set(who),
  names: (part, who) => part.set(who),
  best: (part, who) => part.set(who.length),
  worst: (part, who) => part.set(-who.length),
  open: (part) => part.enable(),
  shut: (part) => part.disable(),
  tags: (part, who) => part.add(who),
  banned: (part, who) => part.add(who),
  seen: (part, who) => part.add(who),
  once: (part, who) => part.add(who),
  tree: (part, who) => part.move(who),
};

test("redoing the removal of a key removes it again, whatever stood there, and nothing of what others wrote since", (t) => {
  for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
    const keyed = record(map({ part: kinds[kind] }));
    const write = writers[kind] as (part: unknown, who: string) => void;
    const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(keyed, { replica }));
    write(ann!.root.at("key").part, "ann");
    const before = ann!.value();
    const undo = ann!.trackUndo();
    ann!.root.delete("key");
    for (let round = 0; round < 3; round++) {
      t.true(undo.undo());
      t.deepEqual(ann!.value(), before, kind);
      t.true(undo.redo());
      t.deepEqual(ann!.value(), {}, kind);
    }
    undo.undo();
    bob!.apply(ann!.takeUpdate()!);
    write(bob!.root.at("key").part, "bob, bob");
    ann!.apply(bob!.takeUpdate()!);
    undo.redo();
    bob!.apply(ann!.takeUpdate()!);
    t.deepEqual(bob!.encode(), ann!.encode());
    if (kind !== "stock") t.true(ann!.root.has("key"), kind);
    undo.undo();
    t.true(ann!.root.has("key"), kind);
  }
});

test("what was counted after the removal of its key is undone and redone with the removal", (t) => {
  const document = createDocument(record(counter()), { replica: "ann" });
  document.root.at("k").add(3);
  const undo = document.trackUndo();
  document.root.delete("k");
  document.root.at("k").add(5);
  document.root.at("k").add(1);
  for (let round = 0; round < 3; round++) {
    while (undo.undo());
    t.deepEqual(document.value(), { k: 3 });
    t.true(undo.redo());
    t.deepEqual(document.value(), {});
    t.true(undo.redo());
    t.deepEqual(document.value(), { k: 5 });
    t.true(undo.redo());
    t.deepEqual(document.value(), { k: 6 });
  }
});

test("what was counted down of a bounded counter is redone, as far as there are rights", (t) => {
  const document = createDocument(map({ stock: schema.boundedCounter() }), { replica: "ann" });
  const { stock } = document.root;
  stock.increment(5);
  const undo = document.trackUndo();
  stock.decrement(2);
  for (let round = 0; round < 3; round++) {
    t.true(undo.undo());
    t.is(stock.value, 5);
    t.true(undo.redo());
    t.is(stock.value, 3);
  }
});
