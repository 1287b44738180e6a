// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import type { BenchDocument, Driver, Load } from "./driver.ts";

export async function loro(load: Load): Promise<Driver> {
  const { LoroDoc } = await load("loro-crdt");
  const wrap = (doc: any, sending: boolean): BenchDocument => {
    const text = doc.getText("text");
    let sent = doc.version();
    const commit = (): void => {
      if (sending) doc.commit();
    };
    return {
      insert: (index, inserted) => {
        text.insert(index, inserted);
        commit();
      },
      remove: (index, count) => {
        text.delete(index, count);
        commit();
      },
      text: () => text.toString(),
      takeUpdate: () => {
        const update = doc.export({ mode: "update", from: sent });
        sent = doc.version();
        return update;
      },
      apply: (update) => {
        doc.import(update);
        sent = doc.version();
      },
      applyAll: (updates) => doc.importBatch(updates),
      encode: () => doc.export({ mode: "snapshot" }),
    };
  };
  return {
    create: (agent, sending) => {
      const doc = new LoroDoc();
      doc.setPeerId(BigInt(agent + 1));
      return wrap(doc, sending);
    },
    load: (bytes) => {
      const doc = new LoroDoc();
      doc.import(bytes);
      return wrap(doc, false);
    },
  };
}
