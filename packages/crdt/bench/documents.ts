import type { Bench } from "@coterie/bench";
import { compareMany, type ManyCase, type ManyOptions } from "./many.ts";

/** An entry is a map of a title that is text, a flag, a counter and a register. */
const cases: readonly ManyCase[] = [
  { name: "build, as one change", task: "build", unit: "ms" },
  { name: "load, and all of it read", task: "load", unit: "ms" },
  { name: "edit 1,000 entries, one by one", task: "edit", unit: "ms" },
  { name: "apply those edits, one by one", task: "apply", unit: "ms" },
  { name: "merge two that were edited apart", task: "merge", unit: "ms" },
  { name: "encode", task: "encode", unit: "ms" },
  { name: "update of one edit", task: "update", unit: "B" },
  { name: "whole document", task: "bytes", unit: "B" },
  { name: "memory loaded", task: "memory", unit: "B" },
];

/** A document of ten thousand entries, against nested maps of the peers. */
export async function documentCases(bench: Bench, options: ManyOptions): Promise<void> {
  const title = `document of ${options.size.toLocaleString("en")}`;
  await compareMany(
    bench,
    {
      title,
      worker: "document-worker.ts",
      cases,
      peers: ["yjs", "@automerge/automerge"],
      slow: [],
      first: "bytes",
    },
    options,
  );
}
