import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { generateFiles, type Tree, updateJson } from "@nx/devkit";

export interface PackageOptions {
  /** Without the scope, for instance `multicast`. */
  readonly name: string;
  /** One line on what it is for. */
  readonly description?: string;
}

const shape = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** `two-phase` becomes `TwoPhase`. */
function typeName(name: string): string {
  return name.replaceAll(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase());
}

/**
 * Scaffolds a protocol package in the one shape of all of them, with a small protocol inside that works. Only adds
 * files, and one reference to the root tsconfig.json; what it returns installs and formats once the files are written.
 */
export default async function packageGenerator(tree: Tree, options: PackageOptions): Promise<() => void> {
  const { name } = options;
  if (!shape.test(name))
    throw new Error(`${JSON.stringify(name)} is no package name: lower case, words joined by hyphens`);
  const root = `packages/${name}`;
  if (tree.exists(root)) throw new Error(`${root} is there already: choose another name, or remove it first`);
  generateFiles(tree, join(import.meta.dirname, "files"), root, {
    tmpl: "",
    name,
    type: typeName(name),
    description: options.description ?? "A protocol of the Coterie family",
  });
  updateJson(tree, "tsconfig.json", (json: { references: { path: string }[] }) => {
    const references = [...json.references, { path: `./${root}` }];
    return { ...json, references: references.sort((a, b) => (a.path < b.path ? -1 : 1)) };
  });
  return () => {
    const pnpm = (...args: string[]): unknown =>
      execFileSync("pnpm", args, { cwd: tree.root, stdio: "inherit" });
    pnpm("install", "--no-frozen-lockfile", "--prefer-offline");
    // How lines break depends on how long the name is.
    pnpm("exec", "biome", "check", "--write", root, "tsconfig.json");
  };
}
