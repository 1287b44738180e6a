import type { PlantedBug } from "@coterie/simulation";

/** Each bug changes one place of a source file as it is loaded, in a process of its own: see `plant`. */
function bug(
  name: string,
  what: string,
  file: string,
  find: string,
  replace: string,
  withinSeeds: number,
  suite = "gossip",
): PlantedBug {
  const url = new URL(`../src/${file}`, import.meta.url);
  return { name, what, file: url, find, replace, withinSeeds, suite };
}

/** Bugs that the suites of membership must find, each within a number of seeds. */
export const plantedInMembership: readonly PlantedBug[] = [
  bug(
    "never-refuted",
    "a member does not contradict what is said against it",
    "membership/roster.ts",
    "if (compareRecords(record, this.#own) <= 0 || this.isLeaving) return;",
    "if (compareRecords(record, this.#own) <= 0 || this.isLeaving || true) return;",
    20,
  ),
  bug(
    "refuted-too-low",
    "contradicts with the next number after its own, not after the claim's",
    "membership/incarnation.ts",
    "Math.min(Math.max(own, claimed) + 1, Number.MAX_SAFE_INTEGER)",
    "own + 1",
    100,
  ),
  bug(
    "death-forgives-nothing",
    "takes a death for greater than a later incarnation",
    "membership/precedence.ts",
    "    a.incarnation - b.incarnation ||\n    a.state - b.state ||",
    "    a.state - b.state ||\n    a.incarnation - b.incarnation ||",
    20,
  ),
  bug(
    "lesser-record-taken",
    "takes any record that is not the same for the newer one",
    "membership/roster.ts",
    "if (order <= 0) return;",
    "if (order === 0) return;",
    20,
  ),
  bug(
    "lives-not-counted",
    "a new life begins with the incarnation of the first",
    "membership/incarnation.ts",
    "return life * wordsPerLife + ",
    "return wordsPerLife + ",
    200,
  ),
  bug(
    "dead-not-tried",
    "nobody tries the dead and the seeds again",
    "membership/healing.ts",
    "    this.#tryTheDead();\n    this.#tryASeed(lonely);",
    "    if (lonely) this.#tryASeed(lonely);",
    200,
    "gossip-parted",
  ),
  bug(
    "never-compared",
    "members that agree on their sums in one bucket compare no other",
    "membership/comparison.ts",
    "if (sum !== sums[bucket]) differing.add(bucket);",
    "if (sum !== sums[bucket] && bucket === 0) differing.add(bucket);",
    100,
  ),
];
