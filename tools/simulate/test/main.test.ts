import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";

const folder = mkdtempSync(join(tmpdir(), "simulate-"));
test.after.always(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function simulate(...args: string[]): Promise<Ended> {
  const main = join(import.meta.dirname, "../src/main.ts");
  const child = spawn(
    process.execPath,
    ["--conditions=@coterie/source", main, ...args, "--out", folder, "--jobs", "2"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output, errors })));
}

test("worlds that hold end with 0 and say how many they were", async (t) => {
  const { code, output } = await simulate("store", "--seeds", "6", "--twice");
  t.is(code, 0, output);
  t.regex(
    output,
    /^store: 6 worlds \([\d.]+\/s\), \d+ events \(\d+\/s\), [\d.]+ virtual hours in [\d.]+ s on 2 cores/m,
  );
  const json = await simulate("store", "--seeds", "2", "--json");
  t.is(JSON.parse(json.output).worlds, 2);
});

test("a violation is shrunk, told, saved and drawn, ends with 1, and replays", async (t) => {
  const { code, output } = await simulate("naive", "--seeds", "20");
  t.is(code, 1, output);
  t.regex(output, /violation: seed \d+: history/);
  t.regex(output, /not linearizable/);
  const saved = readdirSync(folder).find((name) => /^naive-\d+\.json$/.test(name))!;
  const file = join(folder, saved);
  t.true(output.includes(`--replay ${file}`));
  t.true(JSON.parse(readFileSync(file, "utf8")).steps.length < 10);
  t.regex(readFileSync(file.replace(".json", ".html"), "utf8"), /<canvas>/);
  const again = await simulate("naive", "--replay", file, "--no-shrink", "--json");
  t.is(again.code, 1);
  t.is(JSON.parse(again.output).violation.kind, "history");
});

test("what cannot be run is said in one line, with 2", async (t) => {
  const unknown = await simulate("nothing-of-this-name");
  t.is(unknown.code, 2);
  t.regex(unknown.errors, /there is no suite "nothing-of-this-name"; there are: .*naive/);
  const broken = join(folder, "broken.json");
  writeFileSync(broken, "{}");
  const replay = await simulate("naive", "--replay", broken);
  t.is(replay.code, 2);
  t.regex(replay.errors, /broken\.json cannot be replayed: its format/);
  const bug = await simulate("naive", "--seeds", "1", "--plant", "no-such-bug");
  t.is(bug.code, 2);
  t.regex(bug.errors, /no planted bug "no-such-bug"/);
});
