import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { main } from "../src/command/main.ts";
import { formatHistory } from "../src/history/json-lines.ts";
import { linearizableHistory, withStaleRead } from "./histories.ts";

async function run(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const io = {
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
  };
  return { status: await main(args, io), out, error };
}

const right = linearizableHistory({ seed: 1, operations: 200, clients: 5, keys: 2 });

test("the exit status tells right, wrong, undecided and bad input apart", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "coterie-check-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const good = await file("good.jsonl", formatHistory(right));
  const bad = await file("bad.jsonl", formatHistory(withStaleRead(right, 0.5)));
  const html = join(folder, "bad.html");

  t.like(await run(good), { status: 0, error: "" });
  const wrong = await run(bad, "--html", html);
  t.is(wrong.status, 1);
  t.regex(wrong.out, /^illegal \(200 operations, 2 parts, \d+ steps\)\nno order explains operation \d+/);
  t.true((await readFile(html, "utf8")).includes("bar blocked"));

  const hard = { seed: 1, operations: 300, clients: 20, keys: 1, cas: 0.3, values: 5 };
  const undecided = await file("hard.jsonl", formatHistory(linearizableHistory(hard)));
  t.is((await run(undecided, "--steps", "10")).status, 2);

  const cas = { process: 1, invokedAt: 0, completedAt: 1, input: { op: "cas", key: "x", from: 1, to: 2 } };
  const torn = await file("torn.jsonl", `${formatHistory(right)}{"process":`);
  t.like(await run(torn), {
    status: 3,
    error: 'coterie-check: line 201: it is not JSON (cut short?): {"process":\n',
  });
  const missing = await run(join(folder, "missing.jsonl"));
  t.is(missing.status, 3);
  t.regex(missing.error, /no such file/);

  const skew = [
    {
      ...cas,
      process: 1,
      input: [],
      output: [
        ["r", "x", []],
        ["append", "y", 1],
      ],
      outcome: "ok" as const,
    },
    {
      ...cas,
      process: 2,
      input: [],
      output: [
        ["r", "y", []],
        ["append", "x", 1],
      ],
      outcome: "ok" as const,
    },
  ];
  const transactions = await file("skew.jsonl", formatHistory(skew));
  const report = await run(transactions, "--model", "list-append");
  t.is(report.status, 1);
  t.regex(report.out, /^G2-item: .*\nsnapshot-isolation \(2 transactions, \d+ precedences\)\n$/s);
  t.is((await run(transactions, "--model", "kv")).status, 3);
  t.is((await run(transactions, "--model", "list-append", "--html", html)).status, 3);
  t.is((await run(transactions, "--model", "toString")).status, 3);
});

test("usage is told on demand and on a mistake", async (t) => {
  t.like(await run("--help"), { status: 0, error: "" });
  t.is((await run()).status, 3);
  t.is((await run("a", "b")).status, 3);
  t.is((await run("a", "--steps", "0")).status, 3);
  t.is((await run("a", "--what")).status, 3);
});
