import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";

/** What `make` makes, made once and kept in a file for the processes that come after. */
export function kept<T>(file: string, make: () => T): T {
  if (!existsSync(file)) writeFileSync(file, serialize(make()));
  return deserialize(readFileSync(file)) as T;
}

/** Collects what was left by making the input, so that it is not collected at the cost of what is measured. */
export function clean(): void {
  globalThis.gc?.();
}

/** Milliseconds. */
export function elapsed(run: () => void): number {
  clean();
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Bytes that what `load` returns takes, on the heap and outside. */
export async function memory(load: () => object): Promise<number> {
  const used = async (): Promise<number> => {
    // Buffers outside the heap are let go of between turns of the event loop.
    for (let i = 0; i < 6; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = await used();
  const loaded = load();
  const after = await used();
  // Used once more, so that it cannot go before it is counted.
  if (Object.keys(loaded).length < 0) throw new Error("the document is gone");
  return after - before;
}
