import type { Bench } from "@coterie/bench";
import { alone } from "./alone.ts";
import { detection } from "./detection.ts";
import { dissemination } from "./dissemination.ts";
import { join } from "./join.ts";
import { lifeguard } from "./lifeguard.ts";
import { scale } from "./scale.ts";

export const peers: Readonly<Record<string, string>> = {};

/** The parts of the suite, one file each. Those that are named on the command line run; all, when none is. */
const parts: Readonly<Record<string, (bench: Bench) => Promise<void> | void>> = {
  alone,
  detection,
  dissemination,
  join,
  lifeguard,
  scale,
};

export async function run(bench: Bench): Promise<void> {
  const named = bench.args.filter((arg) => Object.hasOwn(parts, arg));
  for (const [name, part] of Object.entries(parts))
    if (named.length === 0 || named.includes(name)) await part(bench);
}
