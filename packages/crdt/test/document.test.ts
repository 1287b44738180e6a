import test from "ava";
import fc from "fast-check";
import { decodeDocument } from "../src/index.ts";
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
