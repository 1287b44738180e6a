import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { countLines, type Line, linesOf } from "../src/client/lines.ts";
import { forEachConcurrently } from "../src/client/pool.ts";

const folder = await mkdtemp(join(tmpdir(), "coterie-lines-"));
test.after.always(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array): Promise<Line[]> {
  const file = join(folder, name);
  await writeFile(file, content);
  const lines: Line[] = [];
  for await (const line of linesOf(file)) lines.push(line);
  return lines;
}

const texts = (lines: readonly Line[]): string[] =>
  lines.map((line) => Buffer.from(line.value).toString("latin1"));

test("each line is a key by its place and a value by its bytes", async (t) => {
  const lines = await read("a.txt", "one\n\ntwo\r\none\n");
  t.deepEqual(
    lines.map((line) => line.key),
    ["a.txt:1", "a.txt:2", "a.txt:3", "a.txt:4"],
  );
  t.deepEqual(texts(lines), ["one", "", "two\r", "one"]);
});

test("a last line without a line feed counts, an empty file has none", async (t) => {
  t.deepEqual(texts(await read("b.txt", "one\ntwo")), ["one", "two"]);
  t.deepEqual(await read("c.txt", ""), []);
});

test("lines are the same however the file is cut into reads, whatever bytes they hold", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 90_000 }), { maxLength: 4 }), async (parts) => {
      const content = Buffer.concat(parts);
      const lines = await read("d.bin", content);
      const joined = texts(lines).join("\n");
      const text = content.toString("latin1");
      t.is(joined, text.endsWith("\n") ? text.slice(0, -1) : text);
    }),
    { numRuns: 50 },
  );
});

test("a line that no value can hold is refused by its number, wherever it ends", async (t) => {
  const long = Buffer.alloc(1024 * 1024 + 1, "x");
  for (const content of [
    Buffer.concat([Buffer.from("ok\n"), long, Buffer.from("\n")]),
    Buffer.concat([Buffer.from("ok\n"), long]),
  ]) {
    await writeFile(join(folder, "e.txt"), content);
    await t.throwsAsync(countLines(join(folder, "e.txt")), {
      code: "LINE_TOO_LONG",
      message: /line 2 has more than/,
    });
  }
  t.is((await read("f.txt", long.subarray(1)))[0]?.value.length, 1024 * 1024);
});

async function* numbers(count: number, pulled: { count: number }): AsyncGenerator<number> {
  for (let i = 1; i <= count; i++) {
    pulled.count = i;
    yield i;
  }
}

test("work runs up to the limit at once, and over everything", async (t) => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await forEachConcurrently(numbers(20, { count: 0 }), 4, async (n) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    done.push(n);
  });
  t.is(most, 4);
  t.deepEqual(
    done.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

test("the first failure stops the pulling and is thrown", async (t) => {
  const pulled = { count: 0 };
  const work = async (n: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (n === 3) throw new Error("third");
  };
  await t.throwsAsync(forEachConcurrently(numbers(1000, pulled), 2, work), { message: "third" });
  t.true(pulled.count < 10);
});
