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
