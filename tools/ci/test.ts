// All that must be green: lint and format, layers, types and every test. Ends with `N passed, N failed`.
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

let passed = 0;
let failed = 0;

/** What each project said, but for what passed: told again at the end when the project fails, where it is found. */
const said = new Map<string, string[]>();
const saidMax = 200;

/** Counts ava's closing lines as they pass by. */
function count(text: string): void {
  const line = stripVTControlCharacters(text).trimEnd();
  const project = /^(@coterie\/[\w-]+):/.exec(line)?.[1];
  if (project !== undefined && !line.includes(" ✔ ")) {
    const lines = said.get(project) ?? [];
    said.set(project, lines);
    lines.push(line);
    if (lines.length > saidMax) lines.shift();
  }
  const m = /(?:^|\s)(\d+) (?:tests? (passed|failed)|(uncaught exception|unhandled rejection)s?)$/.exec(line);
  if (m?.[2] === "passed") passed += Number(m[1]);
  else if (m) failed += Number(m[1]);
}

function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NX_DAEMON: "false", FORCE_COLOR: "0" },
  });
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    process.stdout.write(chunk);
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    lines.forEach(count);
  });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on("close", (code) => {
      count(rest);
      resolve(code ?? 1);
    });
  });
}

/** A step without a test runner of its own counts as one test. */
async function step(command: string, args: readonly string[]): Promise<void> {
  if ((await run(command, args)) === 0) passed++;
  else failed++;
}

await step("biome", ["check", "--error-on-warnings", "."]);
await step("node", ["tools/ci/layers.ts"]);
const failedBefore = failed;
const code = await run("nx", [
  "run-many",
  "-t",
  "typecheck",
  "test",
  "--outputStyle=stream",
  "--nxBail=false",
  ...process.argv.slice(2),
]);
// A failure that no test runner counted (types, generation, a crash at start) counts as one.
if (code !== 0 && failed === failedBefore) failed++;
const isFailure = /✘|(failed|exceptions?|rejections?)$|error TS|Error:|\bterminate called|Aborted/;
if (failed > 0)
  for (const [project, lines] of said)
    if (lines.some((line) => isFailure.test(line))) console.log(`\n${project} failed:\n${lines.join("\n")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
