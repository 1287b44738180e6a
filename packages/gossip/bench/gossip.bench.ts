import type { Bench } from "@coterie/bench";
import { dissemination } from "./dissemination.ts";

export const peers: Readonly<Record<string, string>> = {};

/** The parts of the suite, one file each. */
const parts: readonly ((bench: Bench) => Promise<void> | void)[] = [dissemination];

export async function run(bench: Bench): Promise<void> {
  for (const part of parts) await part(bench);
}
