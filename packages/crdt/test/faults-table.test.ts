import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";

// The tables of README.md say which test shows that a fault is not ours. One that was renamed must not go on standing there.

const source = (file: string): string => readFileSync(join(import.meta.dirname, file), "utf8");

const rows = source("README.md")
  .split("\n")
  .filter((line) => /^\| .*\]\([a-z.-]+\.test\.ts\): /.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("the tables name a test for every fault", (t) => {
  t.true(rows.length > 30, `${rows.length} rows`);
  const named = rows.map(([, , tests]) => tests).join();
  for (const [, name] of source("known-faults.test.ts").matchAll(/^test\("([^"]+)"/gm))
    t.true(named.includes(`: ${name}`), `"${name}" stands in no table`);
});

for (const [, fault = "", tests = ""] of rows)
  test(fault, (t) => {
    for (const one of tests.split("<br>")) {
      const [, file = "", name = ""] = /\]\(([^)]+)\): (.+)$/.exec(one) ?? [];
      // The name of a test for each of many kinds ends like this.
      const stands = [`test("${name}"`, `: ${name}\``].some((title) => source(file).includes(title));
      t.true(stands, `${file} has no test "${name}"`);
    }
  });
