import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bench } from "@coterie/bench";

/** Runs a worker of this folder in a process of its own and returns the number that it prints. */
export async function inProcess(
  bench: Bench,
  worker: string,
  args: readonly string[],
  timeoutMs = 300_000,
): Promise<number> {
  const loader = join(bench.peersFolder, "..", "load.js");
  const flags = ["--conditions=@coterie/source", "--expose-gc", "--max-old-space-size=3000"];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, join(import.meta.dirname, worker), loader, ...args],
    { timeout: timeoutMs },
  );
  return Number(stdout);
}
