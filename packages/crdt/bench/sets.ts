import type { Bench } from "@coterie/bench";
import { inProcess } from "./process.ts";

interface SetCase {
  readonly name: string;
  readonly task: string;
  readonly unit: string;
  readonly oneByOne?: boolean;
}

/** Sizes in the names are those of a million elements, the default. */
const cases: readonly SetCase[] = [
  { name: "add all, as one change", task: "add", unit: "ms" },
  { name: "load", task: "load", unit: "ms" },
  { name: "merge one that has 1% more", task: "merge", unit: "ms" },
  { name: "apply 1% additions, one by one", task: "deltas", unit: "ms", oneByOne: true },
  { name: "remove 1%, one by one", task: "remove", unit: "ms", oneByOne: true },
  { name: "delta of one addition", task: "delta", unit: "B" },
  { name: "whole state", task: "bytes", unit: "B" },
  { name: "memory loaded", task: "memory", unit: "B" },
];

const peers = ["yjs", "@automerge/automerge"];

/** Who needs tens of milliseconds for each change of a large map does not take part in many of them one by one. */
const slow = ["@automerge/automerge"];
const patienceMs = 180_000;

/** A set of a million elements, against maps with as many keys, the nearest that the peers have. */
export async function setCases(
  bench: Bench,
  { cache, only, rounds, size }: { cache: string; only: string; rounds: number; size: number },
): Promise<void> {
  const titled = cases
    .map((one) => ({ ...one, title: `or-set of ${size.toLocaleString("en")}: ${one.name}` }))
    .filter(({ title }) => title.includes(only));
  if (titled.length === 0) return;
  const run = (library: string, task: string): Promise<number> =>
    inProcess(bench, "set-worker.ts", [library, task, String(size), cache], patienceMs);
  // The first run makes what the others start from; who cannot do that in time is left out.
  const fit: string[] = [];
  for (const library of ["@coterie/crdt", ...peers])
    await run(library, "bytes").then(
      () => fit.push(library),
      () => bench.note(`${library} did not make a map of ${size} keys within ${patienceMs / 1_000} s.`),
    );
  for (const { title, task, unit, oneByOne } of titled) {
    const contender = (library: string) => (): Promise<number> => run(library, task);
    const against = fit.filter((library) => peers.includes(library) && !(oneByOne && slow.includes(library)));
    await bench.compare({
      case: title,
      unit,
      better: "lower",
      ours: contender("@coterie/crdt"),
      peers: Object.fromEntries(against.map((library) => [library, contender(library)])),
      rounds: unit === "ms" ? rounds : 1,
    });
  }
}
