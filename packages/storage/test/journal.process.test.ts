import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { fileDisk } from "../src/index.ts";
import { openNumbered } from "./support/records.ts";

/** Runs the appender until it has said that much, kills it with SIGKILL, returns the last number it said. */
async function killedAppender(root: string, from: number, lines: number): Promise<number> {
  const script = join(import.meta.dirname, "support/appender.ts");
  const args = ["--conditions=@coterie/source", script, root, String(from)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8");
  for await (const chunk of child.stdout) {
    said += chunk;
    if (said.split("\n").length > lines) child.kill("SIGKILL");
  }
  // The last line may have been cut by the kill; the one before is whole.
  return Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
}

test("a process killed in the middle of appends has lost nothing it had acknowledged", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "journal-"));
  let found = 0;
  for (let life = 0; life < 3; life++) {
    const durable = await killedAppender(root, found, 150);
    const { journal, numbers } = await openNumbered(fileDisk(root));
    await journal[Symbol.asyncDispose]();
    t.deepEqual(numbers, [...numbers.keys()]);
    t.true(numbers.length >= durable, `${numbers.length} of ${durable}`);
    found = numbers.length;
  }
  await rm(root, { recursive: true });
});
