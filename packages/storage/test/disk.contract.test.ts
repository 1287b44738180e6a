import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { diskContract } from "../src/contract.ts";
import { fileDisk, memoryDisk } from "../src/index.ts";

for (const { name, run } of diskContract) {
  test(`memory disk: ${name}`, async (t) => {
    await run(memoryDisk());
    t.pass();
  });
  test(`file disk: ${name}`, async (t) => {
    const root = await mkdtemp(join(tmpdir(), "disk-"));
    try {
      await run(fileDisk(root));
      t.pass();
    } finally {
      await rm(root, { recursive: true });
    }
  });
}

test("a file disk makes its root with the first folder", async (t) => {
  const base = await mkdtemp(join(tmpdir(), "disk-"));
  const disk = fileDisk(join(base, "not/yet"));
  await t.throwsAsync(disk.open("a", { create: true }), { code: "FILE_NOT_FOUND" });
  await disk.createFolder("");
  await (await disk.open("a", { create: true })).close();
  t.deepEqual(await readdir(join(base, "not/yet")), ["a"]);
  await rm(base, { recursive: true });
});
