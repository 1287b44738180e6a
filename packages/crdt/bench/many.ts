import type { Bench } from "@coterie/bench";
import { inProcess } from "./process.ts";

/** One measurement of something that has many elements. */
export interface ManyCase {
  readonly name: string;
  readonly task: string;
  readonly unit: string;
  /** Makes many changes one by one. */
  readonly oneByOne?: boolean;
}

export interface ManyOptions {
  readonly cache: string;
  /** Only cases whose title has this word. */
  readonly only: string;
  readonly rounds: number;
  readonly size: number;
}

/** What is measured: the worker that does it, and against whom. */
export interface Many {
  readonly title: string;
  readonly worker: string;
  readonly cases: readonly ManyCase[];
  readonly peers: readonly string[];
  /** Those that need tens of milliseconds for each change do not take part in many of them one by one. */
  readonly slow: readonly string[];
  /** The task that makes what the others start from. */
  readonly first: string;
}

const patienceMs = 180_000;

/** Compares case by case, each figure from a process of its own: `WORKER LOADER LIBRARY TASK SIZE CACHE`. */
export async function compareMany(
  bench: Bench,
  { title, worker, cases, peers, slow, first }: Many,
  { cache, only, rounds, size }: ManyOptions,
): Promise<void> {
  const titled = cases
    .map((one) => ({ ...one, title: `${title}: ${one.name}` }))
    .filter((one) => one.title.includes(only));
  if (titled.length === 0) return;
  const run = (library: string, task: string): Promise<number> =>
    inProcess(bench, worker, [library, task, String(size), cache], patienceMs);
  // The first run makes what the others start from; who cannot do that in time is left out.
  const fit: string[] = [];
  for (const library of ["@coterie/crdt", ...peers])
    await run(library, first).then(
      () => fit.push(library),
      () => bench.note(`${library} did not make ${title} within ${patienceMs / 1_000} s.`),
    );
  for (const { title: name, task, unit, oneByOne } of titled) {
    const contender = (library: string) => (): Promise<number> => run(library, task);
    const against = fit.filter((library) => peers.includes(library) && !(oneByOne && slow.includes(library)));
    await bench.compare({
      case: name,
      unit,
      better: "lower",
      ours: contender("@coterie/crdt"),
      peers: Object.fromEntries(against.map((library) => [library, contender(library)])),
      rounds: unit === "ms" ? rounds : 1,
    });
  }
}
