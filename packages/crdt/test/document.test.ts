import test from "ava";
import fc from "fast-check";
import { createDocument, decodeDocument, schema } from "../src/index.ts";
import { DocumentWorld, documentSteps, nested } from "./worlds/document-world.ts";

test("nested documents under concurrent edits and removals are at every moment what their operations mean", (t) => {
  fc.assert(
    fc.property(documentSteps(3, 60), (script) => {
      const world = new DocumentWorld(3);
      for (const step of script) {
        world.run(step);
        t.deepEqual(world.actual(step.who), world.expected(step.who));
      }
      world.settle();
      const [first, ...others] = world.documents;
      t.deepEqual(world.actual(0), world.expected(0));
      for (const other of others) {
        t.deepEqual(other.value(), first!.value());
        t.deepEqual(other.encode(), first!.encode());
      }
      const again = decodeDocument(nested, first!.encode(), { replica: "new" });
      t.deepEqual(again.value(), first!.value());
      t.deepEqual(again.encode(), first!.encode());
    }),
    { numRuns: 300 },
  );
});

test("lists of nested values: order and contents together, and a removal wins over what is changed within", (t) => {
  const shape = schema.map({
    steps: schema.listOf(schema.map({ what: schema.text(), done: schema.enableWinsFlag() })),
  });
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(shape, { replica }));
  const undo = ann!.trackUndo();
  ann!.transact(({ steps }) => {
    for (const what of ["wash", "cook", "eat"]) steps.push().what.insert(0, what);
  });
  bob!.apply(ann!.takeUpdate()!);
  ann!.root.steps.remove(1);
  ann!.root.steps.at(0)!.done.enable();
  bob!.root.steps.at(1)!.what.insert(4, " rice");
  bob!.root.steps.insert(1).what.insert(0, "shop");
  ann!.apply(bob!.takeUpdate()!);
  bob!.apply(ann!.takeUpdate()!);
  t.deepEqual(
    ann!.value().steps.map(({ what, done }) => `${what} ${done}`),
    ["wash true", "shop false", "eat false"],
  );
  t.deepEqual(
    [...bob!.root.steps].map(({ what }) => what.toString()),
    ["wash", "shop", "eat"],
  );
  t.deepEqual(ann!.encode(), bob!.encode());
  t.is(ann!.root.steps.at(3), undefined);
  t.true(undo.undo());
  t.true(undo.undo());
  t.deepEqual(
    ann!.value().steps.map(({ what }) => what),
    ["wash", "shop", "cook rice", "eat"],
  );
});

test("what is removed from a list of nested values refuses to be written to, until the removal is undone", (t) => {
  const { listOf, map, text, counter, record, orSet } = schema;
  const shape = map({
    days: listOf(
      map({ title: text(), votes: counter(), stops: listOf(text()), notes: record(orSet<string>()) }),
    ),
  });
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(shape, { replica }));
  const day = ann!.root.days.push();
  const stop = day.stops.push();
  stop.insert(0, "Rome");
  day.notes.at("ann").add("early");
  bob!.apply(ann!.takeUpdate()!);
  const theirs = bob!.root.days.at(0)!;
  const undo = ann!.trackUndo();
  const value = ann!.value();
  ann!.root.days.remove(0);
  bob!.root.days.at(0)!.title.insert(0, "late");
  bob!.apply(ann!.takeUpdate()!);
  ann!.apply(bob!.takeUpdate()!);
  for (const [document, removed] of [[ann!, day] as const, [bob!, theirs] as const]) {
    const version = document.version();
    const writes = [
      () => removed.title.insert(0, "new"),
      () => removed.votes.add(1),
      () => removed.stops.push(),
      () => removed.notes.at("ann").add("late"),
      () => removed.notes.add("bob"),
    ];
    for (const write of writes) t.throws(write, { code: "CRDT_REMOVED_VALUE" });
    t.deepEqual(document.version(), version);
  }
  t.throws(() => stop.insert(0, "In "), { code: "CRDT_REMOVED_VALUE" }, "in a list within");
  undo.undo();
  t.deepEqual(ann!.value().days[0]!.stops, value.days[0]!.stops);
  day.title.insert(0, "Day 1, ");
  stop.insert(0, "In ");
  t.deepEqual(ann!.value().days[0]!.stops, ["In Rome"]);
  ann!.transact(({ days }) => {
    day.stops.remove(0);
    t.throws(() => stop.insert(0, "new"), { code: "CRDT_REMOVED_VALUE" });
    t.notThrows(() => days.at(0)!.stops.push().insert(0, "Naples"));
  });
  bob!.apply(ann!.takeUpdate()!);
  t.deepEqual(bob!.encode(), ann!.encode());
});
