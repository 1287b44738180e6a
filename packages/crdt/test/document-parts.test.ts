import test from "ava";
import fc from "fast-check";
import { createDocument, decodeDocument, type FormattedText, schema } from "../src/index.ts";
import { MovableListModel } from "./models/movable-list.ts";
import { RichTextModel } from "./models/rich-text.ts";
import {
  documents,
  learn,
  type PartStep,
  type Parts,
  partSteps,
  parts,
  rules,
  writers,
} from "./worlds/parts-world.ts";

/** Runs, character by character. */
const spread = (runs: readonly FormattedText[]): FormattedText[] =>
  runs.flatMap(({ insert, attributes }) => [...insert].map((letter) => ({ insert: letter, attributes })));

let made = 0;

/** Does a step to a document and to the models of the papers. */
function run({ root }: Parts, text: RichTextModel, list: MovableListModel, step: PartStep): void {
  const { body, cards } = root;
  const { at, to } = step;
  const [index, end] = [
    at % (body.length + 1),
    Math.min(body.length, (at % (body.length + 1)) + 1 + (to % 4)),
  ];
  const value = ++made;
  if (step.do === "write") {
    body.insert(index, "abcd"[to % 4]!);
    text.insert(index, "abcd"[to % 4]!);
  } else if (step.do === "cut" && index < end) {
    body.remove(index, end - index);
    text.remove(index, end - index);
  } else if (step.do === "format" && index < end) {
    body.format(index, end - index, { [step.name]: step.value });
    text.format(index, end, step.name, step.value);
  } else if (step.do === "deal") {
    const place = at % (cards.length + 1);
    cards.insert(place, value);
    list.insert(place, value);
  } else if (cards.length === 0) return;
  else if (step.do === "replace") {
    cards.set(at % cards.length, value);
    list.set(at % cards.length, value);
  } else if (step.do === "discard") {
    list.remove(at % cards.length);
    cards.remove(at % cards.length);
  } else if (step.do === "move" && at % cards.length !== to % cards.length) {
    cards.move(at % cards.length, to % cards.length);
    list.move(at % cards.length, to % cards.length);
  }
}

test("rich texts and movable lists in documents read at every moment what the papers say, and events show it", (t) => {
  fc.assert(
    fc.property(partSteps(50, "sync", "sync", "sync"), (steps) => {
      const world = documents();
      const texts = writers.map((replica) => new RichTextModel(replica, rules));
      const lists = writers.map((replica) => new MovableListModel(replica));
      const shown = world.map((document) => {
        const view = { letters: [] as FormattedText[], cards: [] as number[] };
        document.onChange(({ changes }) => {
          for (const change of changes)
            if (change.kind === "movableList")
              for (const { index, removed, inserted } of change.steps)
                view.cards.splice(index, removed, ...inserted);
            else {
              for (const { index, removed, inserted } of change.steps)
                view.letters.splice(index, removed, ...spread([{ insert: inserted, attributes: {} }]));
              for (const { index, length, attributes } of change.formatted)
                for (let i = index; i < index + length; i++)
                  view.letters[i] = { insert: view.letters[i]!.insert, attributes };
            }
        });
        return view;
      });
      const sync = (who: number, from: number): void => {
        learn(world[who]!, world[from]!);
        texts[who]!.sync(texts[from]!);
        lists[who]!.sync(lists[from]!);
      };
      for (const step of steps) {
        const { who, from } = step;
        if (step.do === "sync") sync(who, from);
        else run(world[who]!, texts[who]!, lists[who]!, step);
        const { body, cards } = world[who]!.value();
        t.deepEqual(spread(body), texts[who]!.characters());
        t.deepEqual(cards, lists[who]!.values());
        t.deepEqual(shown[who], { letters: spread(body), cards: [...cards] });
      }
      for (const who of [0, 1, 2, 0, 1, 2]) for (const from of [0, 1, 2]) sync(who, from);
      for (const document of world) {
        t.deepEqual(document.value(), world[0]!.value());
        t.deepEqual(document.encode(), world[0]!.encode());
      }
      const again = decodeDocument(parts, world[0]!.encode(), { replica: "d" });
      t.deepEqual(again.value(), world[0]!.value());
      t.deepEqual(again.encode(), world[0]!.encode());
    }),
    { numRuns: 200 },
  );
});

test("undo takes back formatting, movements and values of one transaction at once, and leaves what others did", (t) => {
  const [ann, bob] = documents() as [Parts, Parts];
  ann.root.body.insert(0, "The fox");
  ann.root.cards.push(1, 2, 3);
  const undo = ann.trackUndo();
  ann.transact(({ body, cards }) => {
    body.format(4, 3, { bold: true });
    body.insert(7, " jumps", { link: "x" });
    cards.move(0, 2);
    cards.set(0, 20);
  });
  bob.apply(ann.takeUpdate()!);
  bob.root.body.format(0, 3, { bold: true });
  bob.root.cards.push(4);
  ann.apply(bob.takeUpdate()!);
  t.deepEqual(ann.value().cards, [20, 3, 1, 4]);
  t.true(undo.undo());
  const before = {
    body: [
      { insert: "The", attributes: { bold: true } },
      { insert: " fox", attributes: {} },
    ],
    cards: [1, 2, 3, 4],
  };
  t.deepEqual(ann.value(), before);
  t.true(undo.redo());
  t.deepEqual(ann.value().cards, [20, 3, 1, 4]);
  t.is(ann.root.body.toString(), "The fox jumps");
  t.true(undo.undo());
  t.deepEqual(ann.value(), before);
});

test("cursors and items keep their place in the parts of a document", (t) => {
  const [ann, bob] = documents() as [Parts, Parts];
  ann.root.body.insert(0, "fox");
  ann.root.cards.push(1, 2, 3);
  bob.apply(ann.takeUpdate()!);
  const cursor = ann.root.body.cursorAt(1);
  const item = ann.root.cards.itemAt(0)!;
  bob.root.body.insert(0, "The ");
  bob.root.cards.move(0, 2);
  ann.apply(bob.takeUpdate()!);
  t.is(ann.root.body.indexOf(cursor), 5);
  t.is(ann.root.cards.indexOfItem(item), 2);
  t.is(ann.root.cards.get(2), 1);
  t.deepEqual([...ann.root.cards], [2, 3, 1]);
});

test("a record's key is removed with its rich text and its cards, and what is done in them concurrently stays", (t) => {
  const shape = schema.record(schema.map({ body: schema.richText(), cards: schema.movableList<string>() }));
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(shape, { replica }));
  const undo = ann!.trackUndo();
  ann!.root.at("k").body.insert(0, "old", { bold: true });
  ann!.root.at("k").cards.push("x", "y");
  bob!.apply(ann!.takeUpdate()!);
  ann!.root.delete("k");
  t.false(ann!.root.has("k"));
  bob!.root.at("k").body.insert(3, "new");
  bob!.root.at("k").cards.move(0, 1);
  bob!.root.at("k").cards.push("z");
  ann!.apply(bob!.takeUpdate()!);
  bob!.apply(ann!.takeUpdate()!);
  t.deepEqual(ann!.value(), { k: { body: [{ insert: "new", attributes: { bold: true } }], cards: ["z"] } });
  t.deepEqual(bob!.value(), ann!.value());
  t.true(undo.undo(), "the key comes back with all that stood there");
  t.deepEqual(ann!.value().k!.cards.toSorted(), ["x", "y", "z"]);
  t.is(ann!.root.at("k").body.toString().length, 6);
});
