import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Tree } from "@nx/devkit";
import { createTreeWithEmptyWorkspace } from "@nx/devkit/testing";
import test from "ava";
import packageGenerator from "../src/package/generator.ts";

const execute = promisify(execFile);
const workspace = resolve(import.meta.dirname, "../../..");

function emptyWorkspace(): Tree {
  const tree = createTreeWithEmptyWorkspace();
  tree.write("tsconfig.json", JSON.stringify({ files: [], references: [{ path: "./packages/raft" }] }));
  return tree;
}

test("the package has the one shape, under its own names", async (t) => {
  const tree = emptyWorkspace();
  await packageGenerator(tree, { name: "two-phase", description: 'Says "yes" or "no"' });
  const root = "packages/two-phase";
  for (const file of [
    "README.md",
    "INTERNALS.md",
    "package.json",
    "tsconfig.json",
    "tsconfig.lib.json",
    "tsconfig.test.json",
    "buf.yaml",
    "buf.gen.yaml",
    "proto/two-phase.proto",
    "src/index.ts",
    "src/node.ts",
    "src/errors.ts",
    "src/core/core.ts",
    "test/core.test.ts",
    "test/node.simulation.test.ts",
    "bench/two-phase.bench.ts",
    "simulation/two-phase.suite.ts",
  ])
    t.true(tree.exists(`${root}/${file}`), file);
  const manifest = JSON.parse(tree.read(`${root}/package.json`, "utf8")!);
  t.is(manifest.name, "@coterie/two-phase");
  t.is(manifest.description, 'Says "yes" or "no"');
  t.regex(tree.read(`${root}/src/index.ts`, "utf8")!, /createTwoPhase, type TwoPhase, type TwoPhaseOptions/);
  t.regex(tree.read(`${root}/src/errors.ts`, "utf8")!, /TWO_PHASE_TIMEOUT/);
  for (const change of tree.listChanges()) t.notRegex(String(change.content), /<%|__/, change.path);
});

test("the root tsconfig refers to it, in order", async (t) => {
  const tree = emptyWorkspace();
  await packageGenerator(tree, { name: "paxos" });
  const { references } = JSON.parse(tree.read("tsconfig.json", "utf8")!);
  t.deepEqual(references, [{ path: "./packages/paxos" }, { path: "./packages/raft" }]);
});

test("a name that cannot be one, or is taken, is refused and nothing is written", async (t) => {
  const tree = emptyWorkspace();
  for (const name of ["Raft", "raft_2", "-raft", "raft-", "", "../raft", "@coterie/raft"])
    await t.throwsAsync(packageGenerator(tree, { name }), { message: /no package name/ });
  tree.write("packages/raft/package.json", "{}");
  await t.throwsAsync(packageGenerator(tree, { name: "raft" }), { message: /there already/ });
  t.false(tree.exists("packages/raft/src/index.ts"));
});

/** Every file of the working tree that git knows or would add, without what was installed or built. */
async function copyWorkspace(to: string): Promise<void> {
  const listing = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const { stdout } = await execute("git", listing, { cwd: workspace, maxBuffer: 1 << 26 });
  for (const file of new Set(stdout.split("\0").filter(Boolean)))
    await cp(join(workspace, file), join(to, file)).catch((error: NodeJS.ErrnoException) => {
      // Removed from the working tree, and git has not heard of it yet.
      if (error.code !== "ENOENT") throw error;
    });
}

test("in a copy of this workspace the package generates, passes lint and layers, typechecks and passes its tests", async (t) => {
  t.timeout(300_000);
  const copy = await mkdtemp(join(tmpdir(), "coterie-plugin-"));
  t.teardown(() => rm(copy, { recursive: true, force: true }));
  await copyWorkspace(copy);
  // This test runs below nx and ava: a child that took their variables for its own would work on this workspace.
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(NX|AVA|npm|pnpm)_|^INIT_CWD$/.test(key),
  );
  const env = { ...Object.fromEntries(inherited), NX_DAEMON: "false", FORCE_COLOR: "0" };
  const run = async (command: string, ...args: string[]): Promise<void> => {
    try {
      await execute(command, args, { cwd: copy, env, maxBuffer: 1 << 26 });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}`);
    }
  };
  await run("pnpm", "install", "--frozen-lockfile", "--prefer-offline");
  await run("pnpm", "exec", "nx", "g", "@coterie/plugin:package", "generated-example");
  await run("pnpm", "exec", "biome", "check", "--error-on-warnings", "packages/generated-example");
  await run("pnpm", "exec", "node", "tools/ci/layers.ts");
  await run("pnpm", "exec", "nx", "run-many", "-t", "typecheck", "test", "-p", "@coterie/generated-example");
  t.pass();
});
