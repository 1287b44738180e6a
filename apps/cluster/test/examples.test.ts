import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";

test("the replicated counter counts", async (t) => {
  const example = join(import.meta.dirname, "../examples/counter.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@coterie/source", example]);
  t.is(stdout, "b answers 42\nc reads 42\n");
});
