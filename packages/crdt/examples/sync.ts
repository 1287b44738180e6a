// Three documents on hosts of a simulated world whose network loses a third of all messages. On `createHost` it is the same.
import { createAntiEntropy, createDocument, documentSource, schema } from "@coterie/crdt";
import { World } from "@coterie/simulation";
import { bytesCodec } from "@coterie/transport";

const notes = schema.map({ title: schema.text(), votes: schema.counter() });
const ids = ["n1", "n2", "n3"];

const world = new World({
  seed: 1,
  nodes: ids,
  network: { loss: 0.33 },
  start(host) {
    const document = createDocument(notes, { replica: host.id, members: ids });
    const exchange = createAntiEntropy(host, {
      channel: host.transport.open("notes", bytesCodec, { lane: "bulk" }),
      source: documentSource(document, { forget: true }),
      peers: ids.filter((id) => id !== host.id),
    });
    document.onChange(({ origin }) => origin === "local" && exchange.changed());
    return document;
  },
});

await world.runFor(1); // all have started
world.on("n1", (document) => document.root.title.insert(0, "hello"));
world.on("n2", (document) => document.root.votes.add(2));
world.on("n3", (document) => document.root.votes.add(3));
await world.runFor(60_000);
for (const id of ids)
  console.log(id, world.node(id)!.value(), `forgot ${world.node(id)!.version().epoch} times`);
