import { readFileSync } from "node:fs";
import test from "ava";
import { planted } from "../simulation/planted.ts";

// That each is found takes minutes: `npm run simulate -- gossip --planted`. Here: the table has kept up with the code.
for (const { name, file, find, replace } of planted)
  test(`${name}: its place is in the code, once`, (t) => {
    t.is(readFileSync(file, "utf8").split(find).length - 1, 1, `${file}: ${find}`);
    t.not(find, replace);
  });

test("each planted bug has a name of its own", (t) => {
  t.is(new Set(planted.map(({ name }) => name)).size, planted.length);
});
