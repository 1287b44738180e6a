/**
 * One measurement of a set or a map in a process of its own: `set-worker.ts LOADER LIBRARY KIND/TASK SIZE CACHE`. Prints
 * a number.
 */
import { elapsed, kept, memory } from "./measure.ts";
import { type Asks, type BenchSet, type Kind, setDrivers } from "./set-drivers.ts";
import { workerArguments } from "./worker-arguments.ts";

const { loader, library, task: kindAndTask, size, file } = workerArguments();
const [kind, task] = kindAndTask.split("/") as [Kind, string];
/** What is added or removed on top. */
const changes = size / 100;

const { load } = await import(loader);
const driver = await setDrivers[library]!(load, kind);
const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `element ${from + i}`);

/** A set of `size` elements, and the same with more that another added since. */
const base = (): Uint8Array =>
  kept(file(`${kind}-base`), () => {
    const made = driver.create("a");
    made.addAll(names(0, size));
    return made.encode();
  });
const larger = (): Uint8Array =>
  kept(file(`${kind}-larger`), () => {
    const made = driver.load(base(), "b");
    made.addAll(names(size, size + changes));
    return made.encode();
  });

function expect(made: BenchSet, count: number): void {
  if (made.size() !== count)
    throw new Error(`${library}: ${task} ends with ${made.size()} of ${count} elements`);
}

function asking({ asks }: BenchSet): Asks {
  if (asks === undefined) throw new Error(`${library} cannot say what is missing in a ${kind}`);
  return asks;
}

async function measure(): Promise<number> {
  if (task === "add") {
    const all = names(0, size);
    const made = driver.create("a");
    const took = elapsed(() => made.addAll(all));
    expect(made, size);
    return took;
  }
  if (task === "bytes") return base().length;
  const bytes = base();
  if (task === "load") return elapsed(() => expect(driver.load(bytes, "c"), size));
  if (task === "memory") return memory(() => driver.load(bytes, "c"));
  const made = driver.load(bytes, "c");
  if (task === "delta") return made.add("one more").length;
  if (task === "remove") {
    const took = elapsed(() => {
      for (const name of names(0, changes)) made.remove(name);
    });
    expect(made, size - changes);
    return took;
  }
  if (task === "merge") {
    const other = larger();
    const took = elapsed(() => made.merge(other));
    expect(made, size + changes);
    return took;
  }
  if (task === "exchange" || task === "missing") {
    const other = driver.load(larger(), "d");
    const here = asking(made);
    const there = asking(other);
    if (task === "missing") return here.version().length + there.missing(here.version()).length;
    const took = elapsed(() => made.merge(there.missing(here.version())));
    expect(made, size + changes);
    return took;
  }
  const writer = driver.load(bytes, "d");
  const deltas = names(size, size + changes).map((name) => writer.add(name));
  const took = elapsed(() => {
    for (const delta of deltas) made.merge(delta);
  });
  expect(made, size + changes);
  return took;
}

process.stdout.write(String(await measure()));
