import type { Bench } from "@coterie/bench";
import { compareMany, type ManyCase, type ManyOptions } from "./many.ts";

/** Sizes in the names are those of a million elements, the default. */
const cases: readonly ManyCase[] = [
  { name: "add all, as one change", task: "add", unit: "ms" },
  { name: "load", task: "load", unit: "ms" },
  { name: "merge one that has 1% more", task: "merge", unit: "ms" },
  { name: "apply 1% additions, one by one", task: "deltas", unit: "ms", oneByOne: true },
  { name: "remove 1%, one by one", task: "remove", unit: "ms", oneByOne: true },
  { name: "delta of one addition", task: "delta", unit: "B" },
  { name: "whole state", task: "bytes", unit: "B" },
  { name: "memory loaded", task: "memory", unit: "B" },
];

/** A set of a million elements, against maps with as many keys, the nearest that the peers have. */
export async function setCases(bench: Bench, options: ManyOptions): Promise<void> {
  const title = `or-set of ${options.size.toLocaleString("en")}`;
  const slow = ["@automerge/automerge"];
  await compareMany(
    bench,
    { title, worker: "set-worker.ts", cases, peers: ["yjs", "@automerge/automerge"], slow },
    options,
  );
}
