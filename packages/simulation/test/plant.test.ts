import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { plant } from "../src/plant.ts";

const folder = mkdtempSync(join(tmpdir(), "plant-"));
test.after.always(() => rmSync(folder, { recursive: true }));

function source(name: string, text: string): URL {
  const file = join(folder, name);
  writeFileSync(file, text);
  return pathToFileURL(file);
}

const bug = { name: "off-by-one", what: "adds two", find: "n + 1", withinSeeds: 1 };

test("a planted bug is in the module that is loaded, and nowhere else", async (t) => {
  const file = source("add.ts", "export const add = (n: number): number => n + 1;\n");
  const other = source("other.ts", "export const add = (n: number): number => n + 1;\n");
  const handle = plant({ ...bug, file, replace: "n + 2" });
  t.false(handle.took);
  const planted = (await import(file.href)) as { add(n: number): number };
  const whole = (await import(other.href)) as { add(n: number): number };
  t.is(planted.add(1), 3);
  t.true(handle.took);
  t.is(whole.add(1), 2);
});

test("a text that is not there, or there twice, is refused: the table has fallen behind the code", (t) => {
  const none = source("none.ts", "export {};\n");
  const twice = source(
    "twice.ts",
    "export const a = (n: number) => n + 1;\nexport const b = (n: number) => n + 1;\n",
  );
  t.throws(() => plant({ ...bug, file: none, replace: "" }), { code: "PLANT", message: /stands 0 times/ });
  t.throws(() => plant({ ...bug, file: twice, replace: "" }), { code: "PLANT", message: /stands 2 times/ });
});
