import { createText, decodeText, type Text } from "@coterie/crdt";
import type { BenchDocument, Driver } from "./driver.ts";

const id = (agent: number): string => String(agent).padStart(4, "0");

function wrap(text: Text): BenchDocument {
  return {
    insert: (index, inserted) => text.insert(index, inserted),
    remove: (index, count) => text.remove(index, count),
    text: () => text.toString(),
    takeUpdate: () => text.takeUpdate()!,
    apply: (update) => void text.apply(update),
    applyAll: (updates) => void text.apply(updates),
    encode: () => text.encode(),
  };
}

export async function coterie(): Promise<Driver> {
  return {
    create: (agent) => wrap(createText({ replica: id(agent) })),
    load: (bytes) => wrap(decodeText(bytes, { replica: id(9999) })),
  };
}
