// Every part that a document can hold, in a record: written by two, and what becomes of it when its key is removed.
import { createDocument, integer, schema, text } from "@coterie/crdt";

const { map, record, listOf } = schema;
const shelf = map({
  title: schema.text(),
  body: schema.richText({ link: "none" }),
  lines: schema.list<string>(),
  cards: schema.movableList<string>(),
  steps: listOf(map({ what: schema.text() })),
  seen: schema.gSet(text),
  drawn: schema.twoPhaseSet(integer),
  tags: schema.orSet<string>(),
  banned: schema.removeWinsSet<string>(),
  open: schema.enableWinsFlag(),
  archived: schema.disableWinsFlag(),
  votes: schema.counter(),
  stock: schema.boundedCounter(),
  due: schema.lwwRegister<string>(),
  names: schema.mvRegister<string>(),
  best: schema.maxRegister(),
  worst: schema.minRegister(),
  outline: schema.movableTree(),
});
const store = map({ shelves: record(shelf) });

const ann = createDocument(store, { replica: "ann" });
const bob = createDocument(store, { replica: "bob" });
const meet = (): void => {
  bob.apply(ann.updateSince(bob.version()));
  ann.apply(bob.updateSince(ann.version()));
};

ann.transact(({ shelves }) => {
  const one = shelves.at("one");
  one.title.insert(0, "Tickets");
  one.body.insert(0, "See here", {});
  one.body.format(4, 4, { link: "https://example.org" });
  one.lines.push("a", "b");
  one.cards.push("x", "y");
  one.cards.move(0, 1);
  one.steps.push().what.insert(0, "print");
  one.seen.add("ann");
  one.drawn.add(7);
  one.tags.add("new");
  one.banned.add("eve");
  one.open.enable();
  one.archived.disable();
  one.votes.add(2);
  one.stock.increment(10);
  one.stock.transfer("bob", 4); // so many may bob sell without asking
  one.due.set("friday");
  one.names.set("Tickets");
  one.best.set(5);
  one.worst.set(5);
  one.outline.move("hall", "");
  one.outline.move("row 1", "hall");
});
meet();

const { stock, best, names, outline } = bob.root.shelves.at("one");
stock.decrement(3);
best.set(8);
names.set("Seats");
ann.root.shelves.at("one").names.set("Places");
outline.move("row 1", ""); // while ann
ann.root.shelves.at("one").outline.remove("hall");
meet();
const { shelves } = ann.value();
console.log(shelves.one?.stock, shelves.one?.best, shelves.one?.names); // 7 8 [ 'Places', 'Seats' ]
console.log(JSON.stringify(shelves.one?.outline.children)); // [{"node":"row 1","children":[]}]

// Removing the key takes away what was seen; what bob adds meanwhile stays, but of a stock the removal wins.
ann.root.shelves.delete("one");
bob.root.shelves.at("one").seen.add("bob");
stock.increment(5);
meet();
const left = bob.value().shelves.one;
console.log(left?.seen, left?.stock, left?.title, left?.best); // [ 'bob' ] 0  undefined
