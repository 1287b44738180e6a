import test from "ava";
import { type Disk, memoryDisk, openJournal } from "../src/index.ts";
import { openNumbered, record } from "./support/records.ts";

test("what was appended comes back in order, with the positions that were given out", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk);
  const first = await journal.append([record(0), record(1, 100)]);
  const second = await journal.append([record(2)]);
  t.true(second > first);
  t.is(journal.pendingBytes, 0);
  t.true(journal.end > second);
  await journal[Symbol.asyncDispose]();
  const { numbers, positions } = await openNumbered(disk);
  t.deepEqual(numbers, [0, 1, 2]);
  t.is(positions[0], first);
  t.is(positions[2], second);
});

test("records of any length come back: none, odd lengths, the longest", async (t) => {
  const disk = memoryDisk();
  const lengths = [0, 1, 2, 3, 4, 5, 511, 8192 - 4096 - 24, 0];
  const options = { folder: "j", segmentBytes: 8192, recordBytesMax: 4072 };
  {
    await using journal = await openJournal(disk, { ...options, replay: () => {} });
    for (const length of lengths) await journal.append([new Uint8Array(length).fill(length)]);
    await t.throwsAsync(journal.append([new Uint8Array(4073)]), { code: "RECORD_TOO_LARGE" });
  }
  const found: Uint8Array[] = [];
  await openJournal(disk, { ...options, replay: (bytes) => void found.push(bytes) });
  t.deepEqual(
    found.map((bytes) => bytes.length),
    lengths,
  );
  t.true(found.every((bytes) => bytes.every((byte) => byte === (bytes.length & 0xff))));
});

test("records longer than a read, and more of them than one read holds", async (t) => {
  const disk = memoryDisk();
  const options = { segmentBytes: 2 ** 23, recordBytesMax: 2 ** 22 };
  const { journal } = await openNumbered(disk, options);
  const sizes = [3_000_000, 10, 4_000_000, 1_048_576 - 12, 999_999, 7];
  for (const [i, size] of sizes.entries()) await journal.append([record(i, size)]);
  await journal.append(Array.from({ length: 5000 }, (_, i) => record(sizes.length + i, 300)));
  await journal[Symbol.asyncDispose]();
  const { numbers, positions } = await openNumbered(disk, options);
  t.is(numbers.length, sizes.length + 5000);
  t.true(positions.every((position, i) => i === 0 || position > positions[i - 1]!));
});

test("appends of one turn, and appends made while a sync is under way, share a sync", async (t) => {
  const { journal } = await openNumbered(memoryDisk());
  const first = Array.from({ length: 10 }, (_, i) => journal.append([record(i)]));
  await Promise.resolve();
  await Promise.resolve();
  const second = Array.from({ length: 10 }, (_, i) => journal.append([record(10 + i)]));
  await Promise.all([...first, ...second]);
  t.is(journal.metrics().syncs, 2);
  t.is(journal.metrics().records, 20);
});

test("appends are answered in the order they were made", async (t) => {
  const { journal } = await openNumbered(memoryDisk());
  const answered: number[] = [];
  const sizes = [2000, 1, 1900, 0, 2048, 10];
  await Promise.all(
    sizes.map((size, i) =>
      journal.append(size === 0 ? [] : [record(i, size)]).then(() => void answered.push(i)),
    ),
  );
  t.deepEqual(answered, [0, 1, 2, 3, 4, 5]);
});

test("an append without records waits for those before it", async (t) => {
  const { journal } = await openNumbered(memoryDisk());
  let durable = false;
  const before = journal.append([record(0)]).then(() => {
    durable = true;
  });
  t.is(await journal.append([]), 4096 + 20);
  t.true(durable);
  await before;
  t.is(await journal.append([]), journal.end);
});

test("the caller may reuse its buffer at once", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk);
  const buffer = record(0);
  const appended = journal.append([buffer]);
  buffer.fill(0xff);
  await appended;
  await journal[Symbol.asyncDispose]();
  t.deepEqual((await openNumbered(disk)).numbers, [0]);
});

test("a batch larger than a segment goes on in the next", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk);
  const all = Array.from({ length: 40 }, (_, i) => record(i, 500));
  const [first, second] = await Promise.all([
    journal.append(all.slice(0, 39)),
    journal.append(all.slice(39)),
  ]);
  t.is(journal.metrics().segments, 6);
  await journal[Symbol.asyncDispose]();
  const { numbers, positions } = await openNumbered(disk);
  t.deepEqual(numbers, [...all.keys()]);
  t.deepEqual([positions[0], positions[39]], [first, second]);
});

test("trim removes the segments wholly before a position, and no other", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk);
  const positions: number[] = [];
  for (let i = 0; i < 20; i++) positions.push(await journal.append([record(i, 1000)]));
  await journal.trim(positions[0]!);
  t.is(journal.start, 0);
  for (const wrong of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY])
    await t.throwsAsync(journal.trim(wrong), { code: "INVALID_OPTION" });
  await journal.trim(positions[10]!);
  t.is(journal.start, 16384);
  await journal.append([record(20)]);
  await journal[Symbol.asyncDispose]();
  const again = await openNumbered(disk);
  t.deepEqual(
    again.numbers,
    Array.from({ length: 13 }, (_, i) => i + 8),
  );
  t.is(again.journal.start, 16384);
  await again.journal.trim(Number.MAX_SAFE_INTEGER);
  await again.journal.append([record(21)]);
  await again.journal[Symbol.asyncDispose]();
  t.is((await openNumbered(disk)).numbers.at(-1), 21);
});

test("appends beyond pendingBytesMax are refused whole, and taken again once the disk has caught up", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk, { pendingBytesMax: 4096 });
  const first = journal.append([record(0, 2000), record(1, 2000)]);
  t.is(journal.pendingBytes, 4024);
  await t.throwsAsync(journal.append([record(9), record(9, 200)]), { code: "JOURNAL_OVERLOADED" });
  await first;
  await journal.append([record(2, 200)]);
  await journal[Symbol.asyncDispose]();
  t.deepEqual((await openNumbered(disk)).numbers, [0, 1, 2]);
});

test("disposal waits for appends under way; later ones are refused", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk);
  const appended = journal.append([record(0)]);
  const disposed = journal[Symbol.asyncDispose]();
  await t.throwsAsync(journal.append([record(1)]), { code: "JOURNAL_CLOSED" });
  await t.throwsAsync(journal.trim(0), { code: "JOURNAL_CLOSED" });
  await Promise.all([appended, disposed, journal[Symbol.asyncDispose]()]);
  t.deepEqual((await openNumbered(disk)).numbers, [0]);
});

test("opening and closing again and again adds nothing", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk);
  await journal.append([record(0)]);
  await journal[Symbol.asyncDispose]();
  const ends = new Set<number>();
  for (let i = 0; i < 5; i++) {
    const again = await openNumbered(disk);
    t.deepEqual(again.numbers, [0]);
    ends.add(again.journal.end);
    await again.journal[Symbol.asyncDispose]();
  }
  t.is(ends.size, 1);
});

test("the size of segments may change between openings", async (t) => {
  const disk = memoryDisk();
  const small = await openNumbered(disk);
  await small.journal.append([record(0, 2000)]);
  await small.journal.append([record(1, 1000)]);
  await small.journal[Symbol.asyncDispose]();
  const large = await openNumbered(disk, { segmentBytes: 65536, recordBytesMax: 30_000 });
  for (let i = 2; i < 8; i++) await large.journal.append([record(i, 20_000)]);
  await large.journal[Symbol.asyncDispose]();
  const again = await openNumbered(disk);
  t.deepEqual(again.numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
  await again.journal.append([record(8)]);
});

test("a journal of another identity is refused and left alone", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk, { identity: "east/a" });
  await journal.append([record(0)]);
  await journal[Symbol.asyncDispose]();
  const error = await t.throwsAsync(openNumbered(disk, { identity: "west/a" }), { code: "JOURNAL_MISMATCH" });
  t.regex(error?.message ?? "", /journal\/0000000000000000\.journal belongs to "east\/a", not to "west\/a"/);
  t.deepEqual((await openNumbered(disk, { identity: "east/a" })).numbers, [0]);
});

test("options that cannot be are refused before anything is made", async (t) => {
  const disk = memoryDisk();
  const wrong = [
    { segmentBytes: 4096 },
    { segmentBytes: 8193 },
    { segmentBytes: Number.NaN },
    { segmentBytes: 2 ** 29 },
    { segmentBytes: 8192, recordBytesMax: 4073 },
    { recordBytesMax: 0 },
    { pendingBytesMax: -1 },
    { identity: "x".repeat(129) },
  ];
  for (const options of wrong)
    await t.throwsAsync(openNumbered(disk, options), { code: "INVALID_OPTION" }, JSON.stringify(options));
  t.deepEqual(await disk.list(""), []);
});

test("an error thrown by replay ends the opening with that error", async (t) => {
  const disk = memoryDisk();
  const { journal } = await openNumbered(disk);
  await journal.append([record(0)]);
  await journal[Symbol.asyncDispose]();
  const replay = (): never => {
    throw new RangeError("unknown record");
  };
  await t.throwsAsync(openJournal(disk, { folder: "journal", replay }), { message: "unknown record" });
  t.deepEqual((await openNumbered(disk)).numbers, [0]);
});

/** A disk whose writes of marks (12 bytes, all other writes are longer) fail, but only when the test says so. */
function diskWithHeldMarks(): { readonly disk: Disk; readonly fail: () => void } {
  const mark = Promise.withResolvers<void>();
  mark.promise.catch(() => {});
  const memory = memoryDisk();
  const disk: Disk = {
    async open(path, options) {
      const file = await memory.open(path, options);
      const write = file.write.bind(file);
      file.write = async (position, chunks) => {
        await write(position, chunks);
        if (chunks[0]!.length === 12) await mark.promise;
      };
      return file;
    },
    list: (folder) => memory.list(folder),
    createFolder: (folder) => memory.createFolder(folder),
    rename: (from, to) => memory.rename(from, to),
    remove: (path) => memory.remove(path),
    syncFolder: (folder) => memory.syncFolder(folder),
  };
  return { disk, fail: () => mark.reject(new Error("mark lost")) };
}

test("no append is acknowledged behind a mark that could not be written", async (t) => {
  const { disk, fail } = diskWithHeldMarks();
  const { journal } = await openNumbered(disk);
  await journal.append([record(0)]);
  for (let turn = 0; turn < 10; turn++) await null;
  const second = journal.append([record(1)]);
  for (let turn = 0; turn < 10; turn++) await null;
  fail();
  await t.throwsAsync(second, { code: "JOURNAL_FAILED" });
});
