import test from "ava";
import fc from "fast-check";
import { type Journal, memoryDisk } from "../src/index.ts";
import { numberOf, openNumbered, record } from "./support/records.ts";

/** Numbers of the records from `position` to the end, read in pieces of `bytesMax`. */
async function readOn(journal: Journal, position: number, bytesMax: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let at = position; ; ) {
    const excerpt = await journal.read(at, bytesMax);
    if (excerpt === undefined) throw new Error(`position ${at} was trimmed`);
    if (excerpt.records.length === 0) return numbers;
    numbers.push(...excerpt.records.map(numberOf));
    at = excerpt.next;
  }
}

test("from wherever an append began, all that follows is read back, in pieces of any size", async (t) => {
  const appends = fc.array(fc.array(fc.integer({ min: 4, max: 3_000 }), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(appends, fc.integer({ min: 1, max: 20_000 }), async (sizes, bytesMax) => {
      const { journal } = await openNumbered(memoryDisk(), { segmentBytes: 12_288, recordBytesMax: 3_000 });
      const begins: { readonly position: number; readonly number: number }[] = [];
      let next = 0;
      for (const append of sizes) {
        const number = next;
        const position = await journal.append(append.map((size) => record(next++, size)));
        begins.push({ position, number });
      }
      for (const { position, number } of begins) {
        const wanted = Array.from({ length: next - number }, (_, i) => number + i);
        t.deepEqual(await readOn(journal, position, bytesMax), wanted);
      }
      await journal[Symbol.asyncDispose]();
    }),
    { numRuns: 50 },
  );
});

test("what an earlier life wrote is read back too, from the positions of the replay", async (t) => {
  const disk = memoryDisk();
  const options = { segmentBytes: 8192, recordBytesMax: 1_000 };
  const { journal } = await openNumbered(disk, options);
  for (let i = 0; i < 20; i++) await journal.append([record(i, 900)]);
  await journal[Symbol.asyncDispose]();
  const again = await openNumbered(disk, options);
  await again.journal.append([record(20)]);
  t.deepEqual(
    await readOn(again.journal, again.positions[7]!, 2_500),
    [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
  );
});

test("reading does not wait for a write, and stops before it", async (t) => {
  const { journal } = await openNumbered(memoryDisk());
  const position = await journal.append([record(0)]);
  const writing = journal.append([record(1)]);
  t.deepEqual((await journal.read(position, 1_000))?.records.map(numberOf), [0]);
  await writing;
  t.deepEqual(await readOn(journal, position, 1_000), [0, 1]);
});

test("what was trimmed is not there, and says so", async (t) => {
  const { journal } = await openNumbered(memoryDisk(), { segmentBytes: 8192, recordBytesMax: 1_000 });
  const positions: number[] = [];
  for (let i = 0; i < 20; i++) positions.push(await journal.append([record(i, 900)]));
  await journal.trim(positions[15]!);
  t.is(await journal.read(positions[0]!, 1_000), undefined);
  t.deepEqual(await readOn(journal, positions[15]!, 1_000), [15, 16, 17, 18, 19]);
});

test("changed bytes are not given out", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk);
  const positions: number[] = [];
  for (let i = 0; i < 3; i++) positions.push(await journal.append([record(i, 100)]));
  const [path] = (await disk.list("journal")).map((name) => `journal/${name}`);
  await using file = await disk.open(path!);
  await file.write(positions[1]! + 50, [Uint8Array.of(1, 2, 3)]);
  await t.throwsAsync(readOn(journal, positions[0]!, 10), { code: "JOURNAL_CORRUPT" });
  t.deepEqual(await readOn(journal, positions[2]!, 10), [2]);
});
