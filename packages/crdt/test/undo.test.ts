import test from "ava";
import fc from "fast-check";
import { createText } from "../src/index.ts";
import { steps } from "./worlds/text-world.ts";
import { backAndForth } from "./worlds/undo-rounds.ts";

test("undo goes back through every transaction, and redo forth again, over and over", (t) => {
  fc.assert(
    fc.property(steps(1, 25), fc.integer({ min: 1, max: 3 }), (script, rounds) => {
      const text = createText({ replica: "a" });
      const undo = text.trackUndo();
      const states = [""];
      for (const step of script) {
        if (step.do === "sync") continue;
        const at = step.at % (text.length + 1);
        const before = text.version();
        text.transact(() => {
          if (step.do === "insert") text.insert(at, `${step.text}😀`);
          // Half of a pair takes the whole pair along.
          else text.remove(at, Math.min(step.count, text.length - at));
        });
        if (text.version().get("a") !== before.get("a")) states.push(text.toString());
      }
      backAndForth(t, undo, states, () => text.toString(), rounds);
      const peer = createText({ replica: "b" });
      peer.apply(text.updateSince(new Map()));
      t.is(peer.toString(), text.toString());
    }),
    { numRuns: 300 },
  );
});

test("undo takes back one's own changes and leaves those of others", (t) => {
  const [a, b] = [createText({ replica: "a" }), createText({ replica: "b" })];
  const undo = a.trackUndo();
  a.insert(0, "hello world");
  b.apply(a.takeUpdate()!);
  b.insert(5, ", dear");
  b.remove(0, 1);
  b.insert(0, "J");
  a.apply(b.takeUpdate()!);
  t.is(a.toString(), "Jello, dear world");
  t.true(undo.undo());
  t.is(a.toString(), "J, dear");
  t.true(undo.redo());
  t.is(a.toString(), "Jello, dear world", "the h was b's to remove");
  b.apply(a.takeUpdate()!);
  t.is(b.toString(), a.toString());
});

test("an edit after an undo ends what could be redone, and the depth is bounded", (t) => {
  const text = createText({ replica: "a" });
  const undo = text.trackUndo({ stepsMax: 2 });
  for (const word of ["one ", "two ", "three "]) text.insert(text.length, word);
  t.true(undo.undo());
  t.true(undo.canRedo);
  text.insert(0, "> ");
  t.false(undo.canRedo);
  t.true(undo.undo());
  t.true(undo.undo());
  t.false(undo.canUndo);
  t.is(text.toString(), "one ");
  undo.stop();
  text.insert(0, "x");
  t.false(undo.canUndo);
});
