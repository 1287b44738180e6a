// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import type { BenchDocument, Driver, Load } from "./driver.ts";

/** Yjs with version 1 of its updates, the faster one, and version 2 for whole documents, the smaller one. */
export async function yjs(load: Load): Promise<Driver> {
  const Y = await load("yjs");
  const wrap = (doc: any, sending: boolean): BenchDocument => {
    const text = doc.getText("text");
    let sent: Uint8Array[] = [];
    if (sending)
      doc.on("update", (update: Uint8Array, origin: unknown) => {
        if (origin !== "remote") sent.push(update);
      });
    return {
      insert: (index, inserted) => text.insert(index, inserted),
      remove: (index, count) => text.delete(index, count),
      text: () => text.toString(),
      takeUpdate: () => {
        const update = sent.length === 1 ? sent[0]! : Y.mergeUpdates(sent);
        sent = [];
        return update;
      },
      apply: (update) => Y.applyUpdate(doc, update, "remote"),
      applyAll: (updates) =>
        doc.transact(() => {
          for (const update of updates) Y.applyUpdate(doc, update, "remote");
        }, "remote"),
      encode: () => Y.encodeStateAsUpdateV2(doc),
    };
  };
  return {
    create: (agent, sending) => {
      const doc = new Y.Doc();
      doc.clientID = agent + 1;
      return wrap(doc, sending);
    },
    load: (bytes) => {
      const doc = new Y.Doc();
      Y.applyUpdateV2(doc, bytes);
      return wrap(doc, false);
    },
  };
}
