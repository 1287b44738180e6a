import test from "ava";
import fc from "fast-check";
import { type Disk, memoryDisk, openSnapshots, type Snapshot, type SnapshotStore } from "../src/index.ts";
import { CrashDisk, chance } from "./support/crash-disk.ts";

const folder = "snapshots";
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A body that is of one kind throughout, so that no mixture of two goes unnoticed. */
function body(kind: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (kind * 17 + i) & 0xff);
}

async function take(store: SnapshotStore, kind: number, length: number, piece = 1000): Promise<number> {
  await using writer = await store.begin(text(`kind ${kind} length ${length}`));
  const bytes = body(kind, length);
  for (let at = 0; at < length; at += piece) await writer.write(bytes.subarray(at, at + piece));
  return await writer.commit();
}

async function readAll(store: SnapshotStore, snapshot: Snapshot): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(snapshot)) pieces.push(piece);
  return Uint8Array.from(Buffer.concat(pieces));
}

/** Reads a snapshot made by `take`, which must be whole; returns its kind. */
async function verify(store: SnapshotStore, snapshot: Snapshot): Promise<number> {
  const [, kind, length] = /kind (\d+) length (\d+)/.exec(new TextDecoder().decode(snapshot.metadata)) ?? [];
  const bytes = await readAll(store, snapshot);
  if (Buffer.compare(bytes, body(Number(kind), Number(length))) !== 0)
    throw new Error(`kind ${kind} is garbled`);
  return Number(kind);
}

test("a store without snapshots has no latest", async (t) => {
  const store = await openSnapshots(memoryDisk(), { folder });
  t.is(await store.latest(), undefined);
  t.deepEqual(store.sequences, []);
});

test("what was written in any pieces is read back whole, after reopening too", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 }),
      fc.integer({ min: 0, max: 700_000 }),
      fc.uint8Array({ maxLength: 300 }),
      async (chunks, large, metadata) => {
        const disk = memoryDisk();
        const all = [...chunks, body(1, large)];
        await using writer = await (await openSnapshots(disk, { folder })).begin(metadata);
        for (const chunk of all) {
          const passing = chunk.slice();
          await writer.write(passing);
          passing.fill(0);
        }
        await writer.commit();
        const store = await openSnapshots(disk, { folder });
        const snapshot = await store.latest();
        t.deepEqual(snapshot?.metadata, metadata);
        t.is(Buffer.compare(await readAll(store, snapshot!), Buffer.concat(all)), 0);
      },
    ),
    { numRuns: 40 },
  );
});

test("the newest are kept, as many as asked for", async (t) => {
  const disk = memoryDisk();
  const store = await openSnapshots(disk, { folder, keep: 3 });
  for (let kind = 0; kind < 6; kind++) await take(store, kind, 10);
  t.deepEqual(store.sequences, [6, 5, 4]);
  t.is((await disk.list(folder)).length, 3);
  const again = await openSnapshots(disk, { folder, keep: 3 });
  t.deepEqual(again.sequences, [6, 5, 4]);
  t.is(await verify(again, (await again.latest())!), 5);
  t.is(await verify(again, (await again.latest({ before: 6 }))!), 4);
  t.is(await again.latest({ before: 4 }), undefined);
  t.is(await take(again, 7, 10), 7);
});

test("an aborted or abandoned snapshot leaves nothing", async (t) => {
  const disk = memoryDisk();
  const store = await openSnapshots(disk, { folder });
  await take(store, 0, 10);
  const writer = await store.begin(text("a"));
  await writer.write(body(1, 400_000));
  await writer.abort();
  await t.throwsAsync(writer.write(body(1, 1)), { code: "SNAPSHOT_STATE" });
  await t.throwsAsync(writer.commit(), { code: "SNAPSHOT_STATE" });
  {
    await using forgotten = await store.begin(text("b"));
    await forgotten.write(body(1, 10));
  }
  t.deepEqual(await disk.list(folder), ["0000000000000001.snapshot"]);
  t.is(await verify(store, (await store.latest())!), 0);
});

test("a store that is cleared is empty, for good, and takes another snapshot", async (t) => {
  const disk = memoryDisk();
  const store = await openSnapshots(disk, { folder });
  for (let kind = 1; kind <= 3; kind++) await take(store, kind, 100);
  await store.clear();
  t.is(await store.latest(), undefined);
  t.deepEqual(await disk.list(folder), []);
  t.is(await (await openSnapshots(disk, { folder })).latest(), undefined);
  await take(store, 4, 100);
  t.is(await verify(store, (await store.latest())!), 4);
});

test("one snapshot is written at a time, and metadata has a limit", async (t) => {
  const store = await openSnapshots(memoryDisk(), { folder });
  await t.throwsAsync(store.begin(new Uint8Array(65537)), { code: "INVALID_OPTION" });
  const writer = await store.begin(new Uint8Array(65536));
  await t.throwsAsync(store.begin(text("b")), { code: "SNAPSHOT_STATE" });
  await writer.commit();
  t.is((await store.latest())?.metadata.length, 65536);
  await (await store.begin(text("c"))).abort();
  await t.throwsAsync(openSnapshots(memoryDisk(), { folder, keep: 0 }), { code: "INVALID_OPTION" });
});

test("what an interrupted writer left is removed", async (t) => {
  const disk = memoryDisk();
  await take(await openSnapshots(disk, { folder }), 0, 10);
  const writer = await (await openSnapshots(disk, { folder })).begin(text("x"));
  await writer.write(body(1, 400_000));
  const store = await openSnapshots(disk, { folder });
  t.deepEqual(await disk.list(folder), ["0000000000000001.snapshot"]);
  t.is(await take(store, 1, 10), 2);
});

async function changed(
  disk: Disk,
  sequence: number,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  await using file = await disk.open(`${folder}/${String(sequence).padStart(16, "0")}.snapshot`);
  const bytes = change(await file.read(0, await file.size()));
  await file.truncate(0);
  await file.write(0, [bytes]);
}

test("every flipped bit, every cut and every extra byte of the newest is an error, never an older state", async (t) => {
  const files = memoryDisk();
  const made = await openSnapshots(files, { folder });
  await take(made, 1, 20);
  await take(made, 2, 30);
  const size = await (await files.open(`${folder}/0000000000000002.snapshot`)).size();
  const refused = async (change: (bytes: Uint8Array) => Uint8Array): Promise<void> => {
    let original: Uint8Array = new Uint8Array();
    await changed(files, 2, (bytes) => {
      original = bytes;
      return change(bytes.slice());
    });
    const store = await openSnapshots(files, { folder });
    const error = await t.throwsAsync(async () => verify(store, (await store.latest())!), {
      code: "SNAPSHOT_CORRUPT",
    });
    t.like(error, { sequence: 2, file: `${folder}/0000000000000002.snapshot` });
    // The older one is there for who asks for it.
    t.is(await verify(store, (await store.latest({ before: 2 }))!), 1);
    await changed(files, 2, () => original);
  };
  for (let at = 0; at < size; at++) {
    for (let bit = 0; bit < 8; bit++)
      await refused((bytes) => {
        bytes[at]! ^= 1 << bit;
        return bytes;
      });
    await refused((bytes) => bytes.subarray(0, at));
  }
  await refused((bytes) => Uint8Array.from([...bytes, 0]));
  await refused((bytes) => Uint8Array.from([...bytes, ...bytes]));
});

test("pieces that changed places are an error", async (t) => {
  const disk = memoryDisk();
  await take(await openSnapshots(disk, { folder }), 1, 3 * 256 * 1024);
  const piece = 8 + 256 * 1024;
  await changed(disk, 1, (bytes) => {
    const start = bytes.length - 16 - 3 * piece;
    const one = bytes.slice(start, start + piece);
    bytes.copyWithin(start, start + piece, start + 2 * piece);
    bytes.set(one, start + piece);
    return bytes;
  });
  const store = await openSnapshots(disk, { folder });
  await t.throwsAsync(async () => verify(store, (await store.latest())!), { code: "SNAPSHOT_CORRUPT" });
});

test("a snapshot under another's name is an error", async (t) => {
  const disk = memoryDisk();
  await take(await openSnapshots(disk, { folder }), 1, 10);
  await disk.rename(`${folder}/0000000000000001.snapshot`, `${folder}/0000000000000009.snapshot`);
  await t.throwsAsync((await openSnapshots(disk, { folder })).latest(), { code: "SNAPSHOT_CORRUPT" });
});

for (const fault of ["crashAt", "failAt"] as const) {
  test(`after ${fault === "crashAt" ? "a crash" : "a failure"} at any operation, the last committed snapshot or a newer one is whole`, async (t) => {
    for (let seed = 0; seed < 4; seed++) {
      for (let at = 0, done = false; !done; at++) {
        const disk = new CrashDisk(chance(seed));
        let committed = -1;
        let begun = -1;
        try {
          const store = await openSnapshots(disk, { folder, keep: 1 });
          await take(store, ++begun, 300);
          committed = begun;
          disk.faults = { [fault]: disk.operations + at };
          for (let i = 0; i < 3; i++) {
            await take(store, ++begun, 270_000 * (i % 2), 100_000);
            committed = begun;
          }
          done = true;
        } catch (error) {
          if ((error as { code?: string }).code !== "DISK_FAILED") throw error;
        }
        const after = disk.restart({ power: seed % 2 === 0 });
        const store = await openSnapshots(after, { folder, keep: 1 });
        const kind = await verify(store, (await store.latest())!);
        t.true(kind >= committed && kind <= begun, `${kind}, committed ${committed}`);
        t.is(await store.latest({ before: store.sequences.at(-1)! }), undefined);
        // What was there once is there after the next power failure, too.
        const later = await openSnapshots(after.restart(), { folder, keep: 1 });
        t.is(await verify(later, (await later.latest())!), kind);
      }
    }
  });
}

test("after a failed write the store takes another snapshot", async (t) => {
  const disk = new CrashDisk(chance(1));
  const store = await openSnapshots(disk, { folder });
  const writer = await store.begin(text("x"));
  disk.faults = { failing: "sync" };
  await t.throwsAsync(writer.commit(), { code: "DISK_FAILED" });
  await t.throwsAsync(writer.commit(), { code: "SNAPSHOT_STATE" });
  disk.faults = {};
  t.deepEqual(await disk.list(folder), []);
  await take(store, 3, 10);
  t.is(await verify(store, (await store.latest())!), 3);
});
