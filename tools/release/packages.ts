import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** What this tool reads of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface Package {
  readonly manifest: Manifest;
  readonly folder: string;
}

/** The root of the workspace that this file stands in. */
export const workspace: string = resolve(import.meta.dirname, "../..");

/** Every package under `packages/` that is not marked private: what a release would publish. */
export async function publishedPackages(root: string): Promise<Package[]> {
  const found: Package[] = [];
  for (const name of (await readdir(join(root, "packages"))).sort()) {
    const folder = join(root, "packages", name);
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const manifest = JSON.parse(text) as Manifest;
    if (!manifest.private) found.push({ manifest, folder });
  }
  return found;
}

/** The names in `packages` that `name` needs at run time, directly or through others, without itself. */
export function closure(name: string, packages: readonly Package[]): string[] {
  const byName = new Map(packages.map((p) => [p.manifest.name, p.manifest]));
  const reached = new Set<string>();
  const visit = (from: string): void => {
    for (const dependency of Object.keys(byName.get(from)?.dependencies ?? {})) {
      if (!byName.has(dependency) || reached.has(dependency)) continue;
      reached.add(dependency);
      visit(dependency);
    }
  };
  visit(name);
  reached.delete(name);
  return [...reached].sort();
}
