import type { Bench } from "@coterie/bench";
import { compareMany, type ManyCase, type ManyOptions } from "./many.ts";

const cases: readonly ManyCase[] = [
  { name: "one writer counts them, as one change", task: "count", unit: "ms", oneByOne: true },
  { name: "load what 1,000 writers counted", task: "load", unit: "ms" },
  { name: "merge the whole of one that has one more", task: "merge", unit: "ms" },
  { name: "delta of one", task: "delta", unit: "B" },
  { name: "whole state", task: "bytes", unit: "B" },
  { name: "memory loaded", task: "memory", unit: "B" },
];

/** A counter that was counted up a million times, against Automerge's (which needs half a millisecond for each) and a map with a number for each writer. */
export async function counterCases(bench: Bench, options: ManyOptions): Promise<void> {
  await compareMany(
    bench,
    {
      title: `pn-counter of ${options.size.toLocaleString("en")}`,
      worker: "counter-worker.ts",
      cases,
      peers: ["yjs", "@automerge/automerge"],
      slow: ["@automerge/automerge"],
      first: "bytes",
    },
    options,
  );
}
