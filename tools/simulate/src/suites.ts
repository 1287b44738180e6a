import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PlantedBug, Suite } from "@coterie/simulation";
import { type Planted, plant } from "@coterie/simulation/plant";

const root: string = join(import.meta.dirname, "../../..");

/** Every suite of the repository by name: `packages/raft/simulation/raft.suite.ts` is `raft`. */
export function findSuites(): ReadonlyMap<string, string> {
  const files = globSync("{packages,apps}/*/simulation/*.suite.ts", { cwd: root }).sort();
  return new Map(files.map((file) => [basename(file, ".suite.ts"), join(root, file)]));
}

/** The planted bugs of a suite: what `planted.ts` beside it exports under that name. */
export async function plantedBugs(suiteFile: string): Promise<readonly PlantedBug[]> {
  return (await bugTable(suiteFile)).planted ?? [];
}

interface BugTable {
  readonly planted?: readonly PlantedBug[];
  /** Can be planted by name, and are not expected to be found. */
  readonly notFoundYet?: readonly PlantedBug[];
}

async function bugTable(suiteFile: string): Promise<BugTable> {
  const [file] = globSync("planted.ts", { cwd: dirname(suiteFile) });
  if (file === undefined) return {};
  return (await import(pathToFileURL(join(dirname(suiteFile), file)).href)) as BugTable;
}

/** Loads a suite, with a bug planted when one is named. Once per process: a planted bug cannot be taken out again. */
export async function loadSuite(file: string, bug?: string): Promise<Suite<unknown, unknown>> {
  let planted: Planted | undefined;
  if (bug !== undefined) {
    const { planted: expected = [], notFoundYet = [] } = await bugTable(file);
    const bugs = [...expected, ...notFoundYet];
    const found = bugs.find(({ name }) => name === bug);
    if (found === undefined)
      throw new Error(
        `there is no planted bug "${bug}"; there are: ${bugs.map(({ name }) => name).join(", ")}`,
      );
    planted = plant(found);
  }
  const module = (await import(pathToFileURL(file).href)) as { readonly suite?: Suite<unknown, unknown> };
  if (planted?.took === false)
    throw new Error(`${bug} is not in this suite: nothing loaded its file after it was planted`);
  if (module.suite === undefined) throw new Error(`${file} exports no "suite"`);
  return module.suite;
}
