/** One measurement of a document in a process of its own: `document-worker.ts LOADER LIBRARY TASK SIZE CACHE`. Prints a number. */
import { type BenchEntries, entriesDrivers } from "./document-drivers.ts";
import { elapsed, kept, memory } from "./measure.ts";
import { workerArguments } from "./worker-arguments.ts";

const { loader, library, task, size, file } = workerArguments();
const edits = Math.min(size, 1_000);

const { load } = await import(loader);
const driver = await entriesDrivers[library]!(load);
const keys = Array.from({ length: size }, (_, at) => `entry ${at}`);

const base = (): Uint8Array =>
  kept(file("document"), () => {
    const made = driver.create("a");
    made.build(keys);
    return made.encode();
  });

/** Edits entries from all over the document; returns what others are sent. */
function editAll(entries: BenchEntries): Uint8Array[] {
  return Array.from({ length: edits }, (_, at) => entries.edit(keys[(at * 7_919) % size]!, at));
}

function expect(entries: BenchEntries): void {
  if (entries.read() !== size) throw new Error(`${library}: ${task} ends with ${entries.read()} entries`);
}

async function measure(): Promise<number> {
  if (task === "build") {
    const made = driver.create("a");
    const took = elapsed(() => made.build(keys));
    expect(made);
    return took;
  }
  const bytes = base();
  if (task === "bytes") return bytes.length;
  if (task === "load") return elapsed(() => expect(driver.load(bytes, "c")));
  if (task === "memory") return memory(() => driver.load(bytes, "c"));
  const made = driver.load(bytes, "c");
  if (task === "edit") {
    const took = elapsed(() => editAll(made));
    expect(made);
    return took;
  }
  if (task === "encode") return elapsed(() => made.encode());
  const other = driver.load(bytes, "d");
  if (task === "update") return other.edit(keys[0]!, 0).length;
  const updates = editAll(other);
  if (task === "merge") editAll(made);
  const incoming = task === "merge" ? [other.encode()] : updates;
  const took = elapsed(() => {
    for (const update of incoming) made.merge(update);
  });
  expect(made);
  return took;
}

process.stdout.write(String(await measure()));
