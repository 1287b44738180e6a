import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { notFoundYet, planted } from "../simulation/planted.ts";

for (const { name, file, find, replace } of [...planted, ...notFoundYet])
  test(`${name}: its place is in the code, once`, (t) => {
    t.is(readFileSync(file, "utf8").split(find).length - 1, 1, `${file}: ${find}`);
    t.not(find, replace);
  });

test("there are at least twenty planted bugs, each with a name of its own", (t) => {
  t.true(planted.length >= 20);
  t.is(new Set(planted.map(({ name }) => name)).size, planted.length);
});

function hunt(name: string): Promise<string> {
  const options = [...process.execArgv, join(import.meta.dirname, "hunt.ts"), name];
  return new Promise((resolve) =>
    execFile(process.execPath, options, (_, output, errors) => resolve(output + errors)),
  );
}

// The whole table takes minutes: `npm run simulate -- raft --planted`. Here: those that show in the first few worlds.
const soon = planted.filter(({ withinSeeds }) => withinSeeds <= 40);

test("bugs that show soon are found", async (t) => {
  t.true(soon.length >= 8);
  for (const { name } of soon) t.regex(await hunt(name), /^seed \d+: /, name);
});
