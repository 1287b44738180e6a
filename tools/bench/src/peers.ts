import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** Where a suite's peers are, and which of them are missing and why. */
export interface InstalledPeers {
  readonly folder: string;
  readonly missing: ReadonlyMap<string, string>;
  load(name: string): Promise<unknown>;
}

/**
 * Installs peers outside the workspace, so that they are never part of it and are fetched once per machine.
 * Install scripts do not run: a peer with native code must bring it prebuilt.
 */
export async function installPeers(peers: Readonly<Record<string, string>>): Promise<InstalledPeers> {
  const key = JSON.stringify([Object.entries(peers).sort(), process.version, process.platform, process.arch]);
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 16);
  const folder = join(homedir(), ".cache", "coterie-bench", hash);
  const missing = new Map<string, string>();
  if (!existsSync(join(folder, "complete"))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    // A module inside the folder resolves names the way an installed program would.
    await writeFile(join(folder, "load.js"), "export const load = (name) => import(name);\n");
    await installAll(folder, peers, missing);
    if (missing.size === 0) await writeFile(join(folder, "complete"), "");
  }
  const { load } = await import(pathToFileURL(join(folder, "load.js")).href);
  return { folder: join(folder, "node_modules"), missing, load };
}

/** All at once; when that fails, one by one, so that one bad peer does not cost the others. */
async function installAll(
  folder: string,
  peers: Readonly<Record<string, string>>,
  missing: Map<string, string>,
): Promise<void> {
  const entries = Object.entries(peers);
  if (entries.length === 0) return;
  process.stderr.write(`installing ${entries.length} peers, once per machine\n`);
  const failure = await npmInstall(folder, entries);
  if (failure === undefined) return;
  for (const entry of entries) {
    const reason = await npmInstall(folder, [entry]);
    if (reason !== undefined) missing.set(entry[0], reason);
  }
}

async function npmInstall(
  folder: string,
  entries: readonly (readonly [string, string])[],
): Promise<string | undefined> {
  const names = entries.map(([name, version]) => `${name}@${version}`);
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--loglevel=error"];
  try {
    await promisify(execFile)("npm", ["install", ...flags, ...names], { cwd: folder });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const lines = (stderr || message).split("\n");
    return lines.find((line) => /npm error (?!code)/.test(line))?.replace("npm error ", "") ?? lines[0] ?? "";
  }
}
