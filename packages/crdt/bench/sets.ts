import type { Bench } from "@coterie/bench";
import { compareMany, type ManyCase, type ManyOptions } from "./many.ts";
import type { Kind } from "./set-drivers.ts";

/** What sets and maps do alike. */
const cases: readonly ManyCase[] = [
  { name: "add all, as one change", task: "add", unit: "ms" },
  { name: "load", task: "load", unit: "ms" },
  { name: "merge the whole of one that has 1% more", task: "merge", unit: "ms" },
  { name: "apply 1% additions, one by one", task: "deltas", unit: "ms", oneByOne: true },
  { name: "remove 1%, one by one", task: "remove", unit: "ms", oneByOne: true },
  { name: "delta of one addition", task: "delta", unit: "B" },
  { name: "whole state", task: "bytes", unit: "B" },
  { name: "memory loaded", task: "memory", unit: "B" },
];

/** What is asked for by what is known. */
const exchange: readonly ManyCase[] = [
  { name: "ask for 1% more, and merge it", task: "exchange", unit: "ms" },
  { name: "question and answer", task: "missing", unit: "B" },
];

/** A set and a map of a million elements, against maps with as many keys, the nearest that the peers have. */
export async function setCases(bench: Bench, options: ManyOptions): Promise<void> {
  await compareKind(bench, options, "or-set", "set", [...cases, ...exchange]);
  await compareKind(bench, options, "lww-map", "map", cases);
}

async function compareKind(
  bench: Bench,
  options: ManyOptions,
  name: string,
  kind: Kind,
  tasks: readonly ManyCase[],
): Promise<void> {
  await compareMany(
    bench,
    {
      title: `${name} of ${options.size.toLocaleString("en")}`,
      worker: "set-worker.ts",
      cases: tasks.map((one) => ({ ...one, task: `${kind}/${one.task}` })),
      peers: ["yjs", "@automerge/automerge"],
      slow: ["@automerge/automerge"],
      first: `${kind}/bytes`,
    },
    options,
  );
}
