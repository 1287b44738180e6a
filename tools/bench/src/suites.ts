import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Suite } from "./bench.ts";

/** Every suite of the workspace: name to absolute path. */
export function findSuites(root: string): ReadonlyMap<string, string> {
  const files = globSync("{packages,apps}/*/bench/*.bench.ts", { cwd: root }).sort();
  return new Map(files.map((file) => [basename(file, ".bench.ts"), join(root, file)]));
}

export async function loadSuite(file: string): Promise<Suite> {
  const suite = (await import(pathToFileURL(file).href)) as Partial<Suite>;
  if (typeof suite.run !== "function" || typeof suite.peers !== "object")
    throw new Error(`${file} is no suite: it must export \`peers\` and \`run\``);
  return suite as Suite;
}
