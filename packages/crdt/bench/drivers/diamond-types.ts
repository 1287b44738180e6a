// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import type { BenchDocument, Driver, Load } from "./driver.ts";

export async function diamondTypes(load: Load): Promise<Driver> {
  const module = await load("diamond-types-node");
  const { Doc } = module.default ?? module;
  const wrap = (doc: any): BenchDocument => {
    let sent = doc.getLocalVersion();
    const apply = (update: Uint8Array): void => {
      doc.mergeBytes(update);
      sent = doc.getLocalVersion();
    };
    return {
      insert: (index, inserted) => doc.ins(index, inserted),
      remove: (index, count) => doc.del(index, count),
      text: () => doc.get(),
      takeUpdate: () => {
        const update = doc.getPatchSince(sent);
        sent = doc.getLocalVersion();
        return update;
      },
      apply,
      applyAll: (updates) => updates.forEach(apply),
      encode: () => doc.toBytes(),
    };
  };
  return {
    create: (agent) => wrap(new Doc(`agent${agent}`)),
    load: (bytes) => wrap(Doc.fromBytes(bytes, "reader")),
  };
}
