import type { PlantedBug } from "@coterie/simulation";

/** Each bug changes one place of a source file as it is loaded, in a process of its own: see `plant`. */
export function bug(
  name: string,
  what: string,
  file: string,
  change: { readonly find: string; readonly replace: string },
  withinSeeds: number,
  suite = "raft",
): PlantedBug {
  return { name, what, file: new URL(`../src/${file}`, import.meta.url), ...change, withinSeeds, suite };
}
