/**
 * One measurement in a process of its own: `worker.ts LOADER LIBRARY TASK TRACE CACHE`. Prints a number. What the
 * measurement starts from (updates, an encoded document) is made beforehand by the same library and kept in CACHE.
 */
import { basename, dirname, join } from "node:path";
import type { BenchDocument, Driver } from "./drivers/driver.ts";
import { drivers } from "./drivers/index.ts";
import { clean, kept, memory } from "./measure.ts";
import { replayGraph } from "./replay.ts";
import { readTrace, type Trace } from "./traces.ts";

const [loader, library, task, tracePath, cache] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];

const { load } = await import(loader);
const driver: Driver = await drivers[library]!(load);

function edit(doc: BenchDocument, trace: Trace): void {
  for (const { patches } of trace.txns)
    for (const [position, removed, inserted] of patches) {
      if (removed > 0) doc.remove(position, removed);
      if (inserted !== "") doc.insert(position, inserted);
    }
}

const cached = (name: string): string =>
  join(cache, `${library.replaceAll("/", "_")}-${basename(tracePath)}-${name}`);

const updatesOf = (trace: Trace): Uint8Array[] =>
  kept(cached("updates"), () => replayGraph(trace, (agent) => driver.create(agent, true)));

const documentOf = (trace: Trace): Uint8Array =>
  kept(cached("document"), () => {
    const doc = driver.create(0, false);
    edit(doc, trace);
    return doc.encode();
  });

/** Updates of `count` writers who each insert two letters at the start, in a fixed shuffled order. */
const crowdOf = (count: number): Uint8Array[] =>
  kept(cached(`crowd-${count}`), () => {
    const updates = Array.from({ length: count }, (_, agent) => {
      const doc = driver.create(agent, true);
      doc.insert(0, "ab");
      return doc.takeUpdate();
    });
    for (let i = count - 1, state = 1; i > 0; i--) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const j = state % (i + 1);
      [updates[i], updates[j]] = [updates[j]!, updates[i]!];
    }
    return updates;
  });

/** Milliseconds for making a document and reading its text, which must be the right one. */
function timed(expected: string | number, make: () => BenchDocument): number {
  clean();
  const start = performance.now();
  const doc = make();
  const text = doc.text();
  const took = performance.now() - start;
  if (typeof expected === "number" ? text.length !== expected : text !== expected)
    throw new Error(`${library}: ${task} ends in another text`);
  return took;
}

function applied(updates: readonly Uint8Array[], batch: boolean): BenchDocument {
  const doc = driver.create(9000, false);
  if (batch) doc.applyAll(updates);
  else for (const update of updates) doc.apply(update);
  return doc;
}

/** A loaded document with a letter more in its middle: what puts work off until the first edit has done it then. */
function loadedAndEdited(bytes: Uint8Array, length: number): BenchDocument {
  const doc = driver.load(bytes);
  doc.insert(length >> 1, "x");
  return doc;
}

/** Bytes of the loaded document. */
function memoryOf(bytes: Uint8Array, length: number): Promise<number> {
  // The code is compiled and its tables are built before the first reading.
  for (let i = 0; i < 3; i++) driver.load(bytes).text();
  return memory(() => loadedAndEdited(bytes, length));
}

async function measure(): Promise<number> {
  if (task.startsWith("crowd-")) {
    const count = Number(task.slice(6));
    const updates = crowdOf(count);
    return timed(2 * count, () => applied(updates, false));
  }
  const trace = readTrace(dirname(tracePath), basename(tracePath));
  const end = trace.endContent;
  if (task === "local")
    return timed(end, () => {
      const doc = driver.create(0, false);
      edit(doc, trace);
      return doc;
    });
  if (task === "load") {
    const bytes = documentOf(trace);
    return timed(end, () => driver.load(bytes));
  }
  if (task === "load and edit") {
    const bytes = documentOf(trace);
    return timed(end.length + 1, () => loadedAndEdited(bytes, end.length));
  }
  if (task === "size") return documentOf(trace).length;
  if (task === "memory") return memoryOf(documentOf(trace), end.length);
  const updates = updatesOf(trace);
  if (task === "update bytes") return updates.reduce((sum, { length }) => sum + length, 0);
  return timed(end, () => applied(updates, task === "batch"));
}

process.stdout.write(String(await measure()));
