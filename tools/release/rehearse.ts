// A release from end to end against a registry of our own: `changeset version` and `changeset publish` in a clone of
// this repository's last commit, then an install by name into an empty folder. Nothing here touches the working
// tree, the user's npm configuration or a real registry, and nothing is left behind.
//
//   node tools/release/rehearse.ts [NAME]     the package to install and import; default @coterie/raft
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";
import { closure, type Package, publishedPackages, workspace } from "./packages.ts";
import { type Registry, startRegistry } from "./registry.ts";

const say = (text: string): void => console.log(`rehearse: ${text}`);

/** A clone that can be built and released: the commit as it stands, whatever lies uncommitted beside it. */
async function clone(scratch: string, signal: AbortSignal): Promise<string> {
  const copy = join(scratch, "repository");
  await run("git", ["clone", "--quiet", "--no-hardlinks", workspace, copy], { cwd: scratch, signal });
  await run("pnpm", ["install", "--frozen-lockfile", "--prefer-offline"], { cwd: copy, signal });
  return copy;
}

const identity = {
  GIT_AUTHOR_NAME: "rehearsal",
  GIT_AUTHOR_EMAIL: "rehearsal@localhost",
  GIT_COMMITTER_NAME: "rehearsal",
  GIT_COMMITTER_EMAIL: "rehearsal@localhost",
};

async function hasChangesets(copy: string): Promise<boolean> {
  const names = await readdir(join(copy, ".changeset"));
  return names.some((name) => name.endsWith(".md") && name !== "README.md");
}

async function version(copy: string, signal: AbortSignal): Promise<Package[]> {
  // changesets calls it a failure to have nothing to do; a release of versions bumped earlier is none.
  if (!(await hasChangesets(copy))) {
    say("no changesets: publishing the versions as they stand");
    return publishedPackages(copy);
  }
  await run("pnpm", ["exec", "changeset", "version"], { cwd: copy, env: identity, signal });
  // The new ranges between our packages must be in the lockfile before anything is built from it.
  await run("pnpm", ["install", "--no-frozen-lockfile", "--prefer-offline"], { cwd: copy, signal });
  await run("git", ["commit", "--quiet", "--all", "--allow-empty", "-m", "Version packages"], {
    cwd: copy,
    signal,
    env: identity,
  });
  return publishedPackages(copy);
}

async function publish(
  copy: string,
  packages: readonly Package[],
  registry: Registry,
  signal: AbortSignal,
): Promise<void> {
  const names = packages.map((p) => p.manifest.name).join(",");
  await run("pnpm", ["exec", "nx", "run-many", "-t", "build", "-p", names, "--outputStyle=static"], {
    cwd: copy,
    signal,
    env: { NX_DAEMON: "false" },
  });
  await run("pnpm", ["exec", "changeset", "publish"], {
    cwd: copy,
    signal,
    env: { ...identity, NPM_CONFIG_USERCONFIG: registry.userconfig, npm_config_registry: `${registry.url}/` },
  });
}

/** Installs by name, as anyone would, and checks that every package came in the version just published. */
async function install(
  name: string,
  packages: readonly Package[],
  registry: Registry,
  scratch: string,
  signal: AbortSignal,
): Promise<string> {
  const folder = join(scratch, "consumer");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const env = {
    NPM_CONFIG_USERCONFIG: registry.userconfig,
    // A cache of its own: a real @coterie package from another day must not answer for the one just published.
    npm_config_cache: join(scratch, "npm-cache"),
  };
  await run("npm", ["install", name, "--no-audit", "--no-fund"], { cwd: folder, env, signal });
  for (const needed of [name, ...closure(name, packages)]) {
    const expected = packages.find((p) => p.manifest.name === needed)?.manifest.version;
    const text = await readFile(join(folder, "node_modules", needed, "package.json"), "utf8");
    const installed = (JSON.parse(text) as { version: string }).version;
    if (installed !== expected)
      throw new Error(`${needed} was installed as ${installed}, but ${expected} was published`);
    say(`installed ${needed} ${installed}`);
  }
  const program = `console.log(Object.keys(await import(${JSON.stringify(name)})).sort().join(", "))`;
  return (await run("node", ["--input-type=module", "--eval", program], { cwd: folder, signal })).trim();
}

async function main(name: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "coterie-rehearse-"));
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
  try {
    await rehearse(name, scratch, interrupted.signal);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function rehearse(name: string, scratch: string, signal: AbortSignal): Promise<void> {
  const uplink = (await run("npm", ["config", "get", "registry"], { cwd: scratch, signal }))
    .trim()
    .split("\n")
    .at(-1)!;
  await using registry = await startRegistry(join(scratch, "registry"), uplink);
  say(`registry at ${registry.url}`);
  const copy = await clone(scratch, signal);
  const packages = await version(copy, signal);
  if (!packages.some((p) => p.manifest.name === name))
    throw new Error(`${name} is not among the published packages of the last commit`);
  for (const { manifest } of packages) say(`publishing ${manifest.name} ${manifest.version}`);
  await publish(copy, packages, registry, signal);
  say(`${name} exports ${await install(name, packages, registry, scratch, signal)}`);
  say("ok");
}

try {
  await main(process.argv[2] ?? "@coterie/raft");
} catch (error) {
  console.error(`rehearse: ${(error as Error).message}`);
  process.exitCode = 1;
}
