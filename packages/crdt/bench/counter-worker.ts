/** One measurement of a counter in a process of its own: `counter-worker.ts LOADER LIBRARY TASK SIZE CACHE`. Prints a number. */
import { type BenchCounter, counterDrivers } from "./counter-drivers.ts";
import { elapsed, kept, memory } from "./measure.ts";
import { workerArguments } from "./worker-arguments.ts";

const { loader, library, task, size, file } = workerArguments();
const writers = Math.min(size, 1_000);

const { load } = await import(loader);
const driver = await counterDrivers[library]!(load);

/** What a thousand writers have counted, each its share. */
const base = (): Uint8Array =>
  kept(file("counter"), () => {
    const made = driver.create();
    for (let writer = 0; writer < writers; writer++) made.count(`writer ${writer}`, 1, size / writers);
    return made.encode();
  });

function expect(counter: BenchCounter, value: number): void {
  if (counter.value() !== value)
    throw new Error(`${library}: ${task} ends with ${counter.value()} of ${value}`);
}

async function measure(): Promise<number> {
  if (task === "count") {
    const made = driver.create();
    const took = elapsed(() => made.count("a", size));
    expect(made, size);
    return took;
  }
  const bytes = base();
  if (task === "bytes") return bytes.length;
  if (task === "load") return elapsed(() => expect(driver.load(bytes), size));
  if (task === "memory") return memory(() => driver.load(bytes));
  const other = driver.load(bytes);
  const delta = other.count("one more", 1);
  if (task === "delta") return delta.length;
  const made = driver.load(bytes);
  const whole = other.encode();
  const took = elapsed(() => made.merge(whole));
  expect(made, size + 1);
  return took;
}

process.stdout.write(String(await measure()));
