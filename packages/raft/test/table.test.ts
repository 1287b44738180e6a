import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCommand, json, Replica } from "@coterie/state-machine";
import test from "ava";
import { type Put, Table } from "../examples/table.ts";

const puts = json<Put>();
const at = (index: number) => ({ index, term: 1, time: index });
const put = (key: string, value: string): Uint8Array =>
  encodeCommand({ kind: "plain", command: puts.encode({ key, value }) });

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "coterie-table-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function opened(path: string) {
  const replica = new Replica<Put, null, string, string | undefined>(new Table(path));
  return { replica, position: await replica.open() };
}

test("the example in the README is the one that is tested here", async (t) => {
  const example = await readFile(join(import.meta.dirname, "../examples/table.ts"), "utf8");
  const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  const [, type = ""] = example.split(/(?=export interface Put)/);
  t.true(type.length > 1_000);
  t.true(readme.includes(type.replaceAll("export ", "").trim()));
});

test("whenever the process dies, state and position are of one store", async (t) => {
  await inFolder(async (folder) => {
    const path = join(folder, "table.sqlite");
    const { replica, position } = await opened(path);
    t.is(position, null);
    for (let i = 1; i <= 12; i++) {
      replica.apply(put("key", `${i}`), at(i));
      if (i % 4 === 0) await replica.store(at(i));
      // What a process that dies now leaves behind.
      for (const suffix of ["", "-wal"]) await copyFile(path + suffix, join(folder, `left-${i}${suffix}`));
      const left = await opened(join(folder, `left-${i}`));
      const stored = i - (i % 4);
      t.is(left.position?.index ?? 0, stored);
      t.is(left.replica.query("key"), stored > 0 ? `${stored}` : undefined);
      await left.replica.close();
    }
    await replica.close();
  });
});

test("a snapshot says what was there when it was taken, and is restored whole, chunk borders and all", async (t) => {
  await inFolder(async (folder) => {
    const { replica } = await opened(join(folder, "one.sqlite"));
    replica.apply(encodeCommand({ kind: "open" }), at(1));
    for (let i = 2; i <= 50; i++) replica.apply(put(`key ${i}`, "ä".repeat(i)), at(i));
    await replica.store(at(50));
    const chunks = replica.snapshot();
    for (let i = 2; i <= 50; i++) replica.apply(put(`key ${i}`, "later"), at(49 + i));
    await replica.store(at(99));
    const bytes: number[] = [];
    for await (const chunk of chunks) bytes.push(...chunk);
    const { replica: other } = await opened(join(folder, "other.sqlite"));
    other.apply(put("key 1", "not of the snapshot"), at(1));
    await other.restore(
      (async function* () {
        for (let from = 0; from < bytes.length; from += 7) yield Uint8Array.from(bytes.slice(from, from + 7));
      })(),
      at(50),
    );
    await other.close();
    const again = await opened(join(folder, "other.sqlite"));
    t.deepEqual(again.position, at(50));
    t.is(again.replica.sessions, 1);
    t.is(again.replica.query("key 1"), undefined);
    for (let i = 2; i <= 50; i++) t.is(again.replica.query(`key ${i}`), "ä".repeat(i));
    await again.replica.close();
    await replica.close();
  });
});
