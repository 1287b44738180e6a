import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { runScenario } from "./transcript.ts";

const folder = join(import.meta.dirname, "golden");

// To write the transcripts anew after a change that is meant: REWRITE=1 pnpm exec ava test/golden.test.ts
for (const file of readdirSync(folder)) {
  test(file, (t) => {
    const path = join(folder, file);
    const source = readFileSync(path, "utf8");
    const transcript = runScenario(source);
    if (process.env.REWRITE) writeFileSync(path, transcript);
    else t.is(transcript, source);
    t.pass();
  });
}
