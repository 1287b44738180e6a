import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";

const folder = join(import.meta.dirname, "../examples");

/** What an example says when all is well. */
const says: Readonly<Record<string, string>> = {
  "notes.ts": `text title
text items.pack.what
record items
orSet tags
enableWinsFlag items.pack.done
{ pack: { what: '', done: true } }
{ title: ' to Rome', tags: [], visits: 0, items: {} }
 to Rome
`,
  "parts.ts": `7 8 [ 'Places', 'Seats' ]
[{"node":"row 1","children":[]}]
[ 'bob' ] 0  undefined
`,
  "sync.ts": `n1 { title: 'hello', votes: 5 } forgot 1 times
n2 { title: 'hello', votes: 5 } forgot 1 times
n3 { title: 'hello', votes: 5 } forgot 1 times
`,
};

for (const file of readdirSync(folder))
  test.serial(`the example ${file} does what it says`, async (t) => {
    const args = ["--conditions=@coterie/source", join(folder, file)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
    t.is(stdout, says[file]!);
  });

test("the document in the README is the example", (t) => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const example = readFileSync(join(folder, "notes.ts"), "utf8");
  t.true(readme.includes(example.slice(example.indexOf("import"))));
});
