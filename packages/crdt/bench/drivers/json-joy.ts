// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import type { BenchDocument, Driver, Load } from "./driver.ts";

export async function jsonJoy(load: Load): Promise<Driver> {
  const { Model, Patch } = await load("json-joy/lib/json-crdt/index.js");
  // All writers start from one model that holds the empty text: two roots would be two texts.
  const root = Model.create(undefined, 100_000);
  root.api.root("");
  root.api.flush();
  const base: Uint8Array = root.toBinary();
  const wrap = (model: any): BenchDocument => {
    const text = model.api.str([]);
    return {
      insert: (index, inserted) => text.ins(index, inserted),
      remove: (index, count) => text.del(index, count),
      text: () => model.view(),
      takeUpdate: () => model.api.flush().toBinary(),
      apply: (update) => model.applyPatch(Patch.fromBinary(update)),
      applyAll: (updates) => model.applyBatch(updates.map((update) => Patch.fromBinary(update))),
      encode: () => model.toBinary(),
    };
  };
  return {
    create: (agent) => wrap(Model.load(base, 200_000 + agent)),
    load: (bytes) => wrap(Model.fromBinary(bytes)),
  };
}
