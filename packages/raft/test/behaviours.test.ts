import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";

// The tables of README.md say which test covers what. A test that was renamed or removed must not go on standing there.

const source = (file: string): string => readFileSync(join(import.meta.dirname, file), "utf8");

/** Names as the tables have them: what a name is made up of reads `…`. */
const named = (text: string): string =>
  text
    .replaceAll(/\$\{(?:[^{}`]|`[^`]*`)*\}/g, "…")
    .replaceAll('\\"', '"')
    .replaceAll(/\s+/g, " ");

const rows = source("README.md")
  .split("\n")
  .filter((line) => /^\| .*\]\((?:golden\/|[a-z.]+\.ts)/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, , tests]) => tests?.includes("]("));

test("the tables name every behaviour's tests", (t) => {
  t.true(rows.length > 100, `${rows.length} rows`);
});

for (const [, behaviour = "", tests = ""] of rows)
  test(behaviour, (t) => {
    for (const one of tests.split("<br>")) {
      const [, file = "", name] = /\]\(([^)]+)\)(?:: (.+))?$/.exec(one) ?? [];
      t.true(existsSync(join(import.meta.dirname, file)), `${file} is not there`);
      if (name === undefined) continue;
      const written = ['"', "`"].map((quote) => `${quote}${name}${quote}`);
      t.true(
        written.some((title) => named(source(file)).includes(title)),
        `${file} has no test "${name}"`,
      );
    }
  });
