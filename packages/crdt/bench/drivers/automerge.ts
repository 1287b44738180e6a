// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import type { BenchDocument, Driver, Load } from "./driver.ts";

/** Automerge in one change per edit, or in one change for all when nothing is to be sent. */
export async function automerge(load: Load): Promise<Driver> {
  const A = await load("@automerge/automerge");
  const actor = (agent: number): string => (agent + 1).toString(16).padStart(8, "0");
  const wrap = (start: any): BenchDocument => {
    let doc = start;
    const splice = (index: number, removed: number, inserted: string): void => {
      doc = A.change(doc, (draft: any) => A.splice(draft, ["text"], index, removed, inserted));
    };
    return {
      insert: (index, inserted) => splice(index, 0, inserted),
      remove: (index, count) => splice(index, count, ""),
      text: () => doc.text,
      takeUpdate: () => A.saveIncremental(doc),
      apply: (update) => {
        doc = A.loadIncremental(doc, update);
      },
      applyAll: (updates) => {
        for (const update of updates) doc = A.loadIncremental(doc, update);
      },
      encode: () => A.save(doc),
    };
  };
  const base: Uint8Array = A.save(A.from({ text: "" }, { actor: "00" }));
  return {
    create: (agent) => wrap(A.load(base, { actor: actor(agent) })),
    load: (bytes) => wrap(A.load(bytes)),
  };
}
