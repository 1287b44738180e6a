// A document that holds every part, alone and in a record.
import { type Document, schema } from "../../src/index.ts";

const { map, record, listOf, text, richText, list, movableList, gSet, twoPhaseSet, orSet, removeWinsSet } =
  schema;
const { counter, boundedCounter, lwwRegister, mvRegister, maxRegister, minRegister, movableTree } = schema;

const part = map({
  title: text(),
  body: richText({ link: "none" }),
  lines: list<number>(),
  cards: movableList<string>(),
  seen: gSet<string>(),
  once: twoPhaseSet<number>(),
  tags: orSet<string>(),
  banned: removeWinsSet<string>(),
  open: schema.enableWinsFlag(),
  shut: schema.disableWinsFlag(),
  votes: counter(),
  stock: boundedCounter(),
  due: lwwRegister<string>(),
  names: mvRegister<string>(),
  high: maxRegister(),
  low: minRegister(),
  outline: movableTree(),
});
export const everything = map({ ...part.fields, pages: record(part), steps: listOf(map({ what: text() })) });
export type Everything = Document<typeof everything>;

/** Writes to every part, as often as one likes. */
export function fill(document: Everything): void {
  document.transact((root) => {
    for (const at of [root, root.pages.at("one")]) {
      at.title.insert(0, "Trip 😀");
      at.body.insert(0, "bold", { bold: true });
      at.lines.push(1, 2, 3);
      at.cards.push("x", "y");
      at.cards.move(0, 1);
      at.cards.set(0, "z");
      at.seen.add("x");
      at.once.add(1);
      at.once.delete(2);
      at.tags.add("a");
      at.banned.delete("x");
      at.open.enable();
      at.shut.disable();
      at.votes.add(3);
      at.stock.increment(5);
      at.due.set("soon");
      at.names.set("Ann");
      at.high.set((at.high.value ?? 6) + 1);
      at.low.set((at.low.value ?? 6) - 1);
      at.outline.move("inner", "");
      if (!at.outline.has("outer")) at.outline.move("outer", "inner");
    }
    root.steps.push().what.insert(0, "one");
  });
}
