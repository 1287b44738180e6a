import test from "ava";
import type { JournalCorruptError } from "../src/index.ts";
import { CrashDisk, chance } from "./support/crash-disk.ts";
import { openNumbered, record } from "./support/records.ts";

type Files = Map<string, Uint8Array>;

const first = "journal/0000000000000000.journal";
const second = "journal/0000000000008192.journal";
const headerBytes = 4096;

/** The files of a journal whose process was killed, or that was closed, with records of these lengths in it. */
async function written(lengths: readonly number[], { closed = false } = {}): Promise<Files> {
  const disk = new CrashDisk(chance(1));
  const { journal } = await openNumbered(disk);
  for (const [i, length] of lengths.entries()) await journal.append([record(i, length)]);
  if (closed) await journal[Symbol.asyncDispose]();
  // An idle turn of the event loop, in which a journal makes its mark.
  for (let turn = 0; turn < 10; turn++) await null;
  return disk.files();
}

/** Numbers of the records that these files give back, or the error. */
async function outcome(files: Files): Promise<readonly number[] | JournalCorruptError> {
  try {
    const { numbers, journal } = await openNumbered(new CrashDisk(chance(1), {}, files));
    await journal[Symbol.asyncDispose]();
    return numbers;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "JOURNAL_CORRUPT" || code === "JOURNAL_MISMATCH") return error as JournalCorruptError;
    throw error;
  }
}

function changed(files: Files, path: string, change: (bytes: Uint8Array) => void): Files {
  const copy = new Map(files);
  const bytes = copy.get(path)!.slice();
  change(bytes);
  return copy.set(path, bytes);
}

const end = (lengths: readonly number[]): number =>
  lengths.reduce((at, length) => at + 12 + Math.ceil(length / 4) * 4, headerBytes);

for (const closed of [false, true]) {
  test(`no flipped bit goes unnoticed in a journal that was ${closed ? "closed" : "killed"}`, async (t) => {
    const lengths = [8, 21, 4, 40];
    const files = await written(lengths, { closed });
    const dataEnd = end(lengths);
    let refused = 0;
    for (let at = 0; at < dataEnd + 64; at++) {
      // The inner bytes of the header are padding under one checksum; every 61st will do.
      if (at > 40 && at < headerBytes - 8 && at % 61 !== 0) continue;
      for (let bit = 0; bit < 8; bit++) {
        const found = await outcome(changed(files, first, (bytes) => (bytes[at]! ^= 1 << bit)));
        if (found instanceof Error) refused++;
        else t.deepEqual(found, [0, 1, 2, 3], `bit ${bit} of byte ${at}`);
        // Only padding, the mark and what lies behind the end may change without being refused.
        const padding = at >= headerBytes + 20 + 12 + 21 && at < headerBytes + 20 + 12 + 24;
        t.is(found instanceof Error, at < dataEnd && !padding, `bit ${bit} of byte ${at}`);
      }
    }
    t.true(refused > 1000);
  });
}

test("damage is told with its file and offset", async (t) => {
  const lengths = [8, 8, 8];
  const files = await written(lengths);
  const error = await outcome(changed(files, first, (bytes) => (bytes[end([8]) + 15]! ^= 1)));
  t.like(error, { code: "JOURNAL_CORRUPT", file: first, offset: end([8]) });
  t.regex((error as Error).message, /journal\/0000000000000000\.journal at byte 4116/);
});

test("the last record of a full segment has its witness, too", async (t) => {
  const lengths = [2000, 2036];
  t.is(8192 - end(lengths), 36);
  for (const full of [lengths, [2000, 2036, 12]]) {
    const files = await written(full);
    const last = end(full.slice(0, -1));
    const found = await outcome(changed(files, first, (bytes) => (bytes[last + 12]! ^= 1)));
    t.like(found, { code: "JOURNAL_CORRUPT", file: first, offset: last });
  }
});

test("damage in a segment that others follow is told with its place", async (t) => {
  const lengths = [2000, 1900, 1000, 8];
  const files = await written(lengths);
  const early = await outcome(changed(files, first, (bytes) => (bytes[end([2000]) + 100]! ^= 4)));
  t.like(early, { code: "JOURNAL_CORRUPT", file: first, offset: end([2000]) });
  const later = await outcome(changed(files, second, (bytes) => (bytes[headerBytes + 50]! ^= 4)));
  t.like(later, { code: "JOURNAL_CORRUPT", file: second, offset: headerBytes });
});

test("records that changed places are damage", async (t) => {
  const lengths = [8, 8, 8];
  const files = await written(lengths);
  const swapped = changed(files, first, (bytes) => {
    const one = bytes.slice(end([]), end([8]));
    bytes.copyWithin(end([]), end([8]), end([8, 8]));
    bytes.set(one, end([8]));
  });
  t.like(await outcome(swapped), { code: "JOURNAL_CORRUPT", offset: headerBytes });
});

test("a record of an earlier use of the same place does not count", async (t) => {
  const files = await written([8, 8]);
  const stale = changed(files, first, (bytes) => bytes.copyWithin(end([8, 8]) + 12, end([8]), end([8, 8])));
  t.deepEqual(await outcome(stale), [0, 1]);
});

test("what a torn write left behind the cut never comes back", async (t) => {
  const disk = new CrashDisk(chance(1));
  const { journal } = await openNumbered(disk);
  await journal.append([record(0)]);
  await journal[Symbol.asyncDispose]();
  // One write of two records, torn: the first is lost, the second is kept.
  const again = await openNumbered(disk);
  const position = await again.journal.append([record(1, 20), record(2)]);
  const torn = changed(disk.files(), first, (bytes) => bytes.fill(0, position, position + 12 + 20));
  torn.get(first)!.fill(0, position + 32 + 20);
  const after = new CrashDisk(chance(1), {}, torn);
  const cut = await openNumbered(after);
  t.deepEqual(cut.numbers, [0]);
  // With its mark this one ends exactly where the kept one begins.
  t.is(await cut.journal.append([record(7)]), position);
  await cut.journal[Symbol.asyncDispose]();
  t.deepEqual((await openNumbered(after)).numbers, [0, 7]);
});

test("a torn mark at the end of a full segment is no damage, neither at the start nor when records are read back", async (t) => {
  const lengths = [2000, 1900, 2000];
  const files = await written(lengths);
  const torn = changed(files, first, (bytes) => bytes.fill(7, end([2000, 1900]), end([2000, 1900]) + 8));
  const { numbers, positions, journal } = await openNumbered(new CrashDisk(chance(1), {}, torn));
  t.deepEqual(numbers, [0, 1, 2]);
  const excerpt = await journal.read(positions[0]!, 8192);
  t.is(excerpt?.records.length, 2);
  t.is((await journal.read(excerpt!.next, 8192))?.records.length, 1);
  await journal[Symbol.asyncDispose]();
});

test("a lost, cut or renamed segment is damage", async (t) => {
  const files = await written([2000, 1900, 2000, 1900, 2000]);
  const lost = new Map(files);
  lost.delete(second);
  t.like(await outcome(lost), {
    code: "JOURNAL_CORRUPT",
    file: "journal/0000000000016384.journal",
    offset: 0,
  });
  const cut = new Map(files).set(first, files.get(first)!.slice(0, 5000));
  t.like(await outcome(cut), { code: "JOURNAL_CORRUPT", file: first, offset: 5000 });
  const empty = new Map(files).set(first, new Uint8Array());
  t.like(await outcome(empty), { code: "JOURNAL_CORRUPT", file: first, offset: 0 });
  const renamed = new Map([["journal/0000000000024576.journal", files.get(first)!]]);
  t.like(await outcome(renamed), { code: "JOURNAL_CORRUPT" });
});

test("an interrupted creation leaves a draft, which is removed", async (t) => {
  const files = await written([8]);
  files.set("journal/next.draft", new Uint8Array(100).fill(9));
  const disk = new CrashDisk(chance(1), {}, files);
  t.deepEqual((await openNumbered(disk)).numbers, [0]);
  t.false(disk.names.has("journal/next.draft"));
});

test("whatever bytes take the place of others, no garbled record is replayed and nothing hangs", async (t) => {
  const files = await written([8, 100, 8]);
  const random = chance(7);
  for (let run = 0; run < 300; run++) {
    const garbled = changed(files, first, (bytes) => {
      const from = random(bytes.length);
      for (let i = from; i < Math.min(bytes.length, from + 1 + random(600)); i++) bytes[i] = random(256);
    });
    const found = await outcome(garbled);
    // Where the end and the mark behind it are garbled together, the rest looks like a torn tail.
    if (!(found instanceof Error)) t.deepEqual(found, [0, 1, 2].slice(0, found.length));
  }
});
