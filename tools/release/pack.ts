// Does every published package work for someone who has nothing but npm? Packs each one, looks at the tarball with
// publint and attw, installs it into an empty folder, and runs the first example of its README there.
//
//   node tools/release/pack.ts [NAME...]      all packages, or only the named ones (`raft` or `@coterie/raft`)
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { run } from "./command.ts";
import { closure, type Package, publishedPackages, workspace } from "./packages.ts";
import { firstExample } from "./readme.ts";

const tool = (name: string): string => join(import.meta.dirname, "node_modules/.bin", name);

/** Builds what is to be packed, with everything below it. */
async function build(packages: readonly Package[]): Promise<void> {
  const names = packages.map((p) => p.manifest.name).join(",");
  await run("nx", ["run-many", "-t", "build", "-p", names, "--outputStyle=static"], {
    cwd: workspace,
    env: { NX_DAEMON: "false" },
  });
}

/** Packs one package and gives the tarball's path. */
async function pack({ folder }: Package, into: string): Promise<string> {
  const printed = await run("pnpm", ["pack", "--json", "--pack-destination", into], { cwd: folder });
  const { filename } = JSON.parse(printed.slice(printed.indexOf("{"))) as { filename: string };
  return join(into, basename(filename));
}

/**
 * An empty folder whose only dependency is the tarball. Its own dependencies within this workspace are not on a
 * registry yet: overrides point npm at their tarballs.
 */
async function install(
  of: Package,
  packages: readonly Package[],
  tarballs: ReadonlyMap<string, string>,
  folder: string,
): Promise<void> {
  const { name } = of.manifest;
  const below = closure(name, packages).map((d) => [d, `file:${tarballs.get(d)}`]);
  const manifest = {
    private: true,
    type: "module",
    dependencies: { [name]: `file:${tarballs.get(name)}` },
    overrides: Object.fromEntries(below),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: folder });
}

async function runExample(of: Package, folder: string): Promise<void> {
  const readme = await readFile(join(of.folder, "README.md"), "utf8").catch(() => {
    throw new Error("has no README.md: write one, or mark the package private until it is finished");
  });
  const example = firstExample(readme);
  if (example === undefined)
    throw new Error("README.md has no ```ts or ```js example: the first must run as it stands");
  const file = `example.${example.language}`;
  await writeFile(join(folder, file), example.code);
  await run("node", [file], { cwd: folder, timeoutMs: 60_000 });
}

async function check(
  of: Package,
  packages: readonly Package[],
  tarballs: ReadonlyMap<string, string>,
  scratch: string,
): Promise<string[]> {
  const { name } = of.manifest;
  const tarball = tarballs.get(name)!;
  const folder = join(scratch, "installed", basename(of.folder));
  const failures: string[] = [];
  const attempt = async (step: string, action: () => Promise<unknown>): Promise<boolean> => {
    try {
      await action();
      return true;
    } catch (error) {
      failures.push(`${name}: ${step}: ${(error as Error).message}`);
      return false;
    }
  };
  await attempt("publint", () => run(tool("publint"), [tarball, "--strict"], { cwd: scratch }));
  await attempt("attw", () => run(tool("attw"), [tarball, "--profile", "esm-only"], { cwd: scratch }));
  const installed = await attempt("install", () => install(of, packages, tarballs, folder));
  if (installed) await attempt("README example", () => runExample(of, folder));
  return failures;
}

async function main(wanted: readonly string[]): Promise<number> {
  const packages = await publishedPackages(workspace);
  const chosen = packages.filter(
    (p) => wanted.length === 0 || wanted.includes(p.manifest.name) || wanted.includes(basename(p.folder)),
  );
  if (chosen.length === 0)
    throw new Error(`no published package is named ${wanted.join(" or ")}: see packages/`);
  const needed = packages.filter((p) =>
    chosen.some((c) => c === p || closure(c.manifest.name, packages).includes(p.manifest.name)),
  );
  const scratch = await mkdtemp(join(tmpdir(), "coterie-pack-"));
  try {
    await build(needed);
    const tarballs = new Map<string, string>();
    for (const p of needed) tarballs.set(p.manifest.name, await pack(p, scratch));
    let failed = 0;
    for (const p of chosen) {
      const failures = await check(p, packages, tarballs, scratch);
      console.log(`pack: ${p.manifest.name} ${failures.length === 0 ? "ok" : "FAILED"}`);
      for (const failure of failures) console.error(failure);
      if (failures.length > 0) failed++;
    }
    console.log(`pack: ${chosen.length - failed} of ${chosen.length} packages pack, install and run`);
    return failed;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  process.exitCode = (await main(process.argv.slice(2))) === 0 ? 0 : 1;
} catch (error) {
  console.error(`pack: ${(error as Error).message}`);
  process.exitCode = 1;
}
