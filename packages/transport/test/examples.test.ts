import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";

const folder = join(import.meta.dirname, "../examples");

/** What an example says when all is well. */
const says: Readonly<Record<string, RegExp>> = {
  "call.ts": /^\[ 84, 42, 21 \]\nDIVIDE_BY_ZERO\nAbortError\nERR_\w*TIMEOUT\w*\n$/,
  "group.ts": /^\[(\s*\{ from: 'r[12]', response: [01] \},?){2}\s*\]\n$/,
  "pipeline.ts": /^\{ quick: \d+, slow: \d+ \}\n$/,
  "publish.ts": /^temperature\/oslo -3\ntemperature\/rome 17\n/,
  "reference.ts": /^step 1\nstep 2\nstep 3\n\{ steps: 3 \}\n$/,
  "stream.ts": /^1073741824 bytes, \d+ MiB resident\n$/,
};

for (const file of readdirSync(folder)) {
  test.serial(`the example ${file} does what it says`, async (t) => {
    // One of them streams a gibibyte, which takes a machine that does a hundred other things its time.
    const options = { timeout: 240_000 };
    const args = ["--conditions=@coterie/source", join(folder, file)];
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    t.regex(stdout, says[file]!);
  });
}
