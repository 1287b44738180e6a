import type { PlantedBug } from "../src/index.ts";

function bug(name: string, what: string, file: string, find: string, replace: string): PlantedBug {
  const url = new URL(`../../storage/src/journal/${file}`, import.meta.url);
  return { name, what, file: url, find, replace, withinSeeds: 200, suite: "journal" };
}

/** Bugs of the storage package's journal, which the journal suite must find. */
export const planted: readonly PlantedBug[] = [
  bug(
    "acknowledge-before-sync",
    "resolves appends that are written but not synced",
    "committer.ts",
    "[bytes]), this.#file.sync()]);",
    "[bytes])]);",
  ),
  bug(
    "recovery-not-synced",
    "does not make durable what it replays after a crash",
    "recovery.ts",
    "if (proven < dataEnd) await file.sync();",
    "",
  ),
];
