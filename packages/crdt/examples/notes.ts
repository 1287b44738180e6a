// A typed document on two replicas: concurrent edits within a key win over its removal; undo takes back one's own.
import { createDocument, decodeDocument, schema } from "@coterie/crdt";

const { map, record, text, orSet, counter, enableWinsFlag } = schema;
const notes = map({
  title: text(),
  tags: orSet<string>(),
  visits: counter(),
  items: record(map({ what: text(), done: enableWinsFlag() })),
});

const ann = createDocument(notes, { replica: "ann" });
const bob = createDocument(notes, { replica: "bob" });
bob.onChange(({ origin, changes }) => {
  for (const change of changes) if (origin === "remote") console.log(change.kind, change.path.join("."));
});

const undo = ann.trackUndo();
ann.transact((root) => {
  root.title.insert(0, "Trip");
  root.tags.add("travel");
  root.items.at("pack").what.insert(0, "Socks");
});
bob.apply(ann.takeUpdate()!); // text title, text items.pack.what, record items, orSet tags

ann.root.items.at("pack").done.enable(); // while bob
bob.root.items.delete("pack"); //           removes the item
bob.root.title.insert(4, " to Rome");
bob.apply(ann.takeUpdate()!); // enableWinsFlag items.pack.done
ann.apply(bob.updateSince(ann.version())); // all that ann lacks
console.log(ann.value().items); // { pack: { what: '', done: true } }

undo.undo(); // the enabling
undo.undo(); // the first transaction, but not what bob wrote
console.log(ann.value()); // { title: ' to Rome', tags: [], visits: 0, items: {} }

const stored = ann.encode();
console.log(decodeDocument(notes, stored, { replica: "ann 2" }).root.title.toString()); //  to Rome
