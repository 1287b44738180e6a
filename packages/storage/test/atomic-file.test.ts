import test from "ava";
import { memoryDisk, openAtomicFile } from "../src/index.ts";
import { CrashDisk, chance } from "./support/crash-disk.ts";

const path = "node/identity";
const value = (number: number): Uint8Array => new Uint8Array(20 + number).fill(number);

test("holds nothing at first, then what it was given, after reopening too", async (t) => {
  const disk = memoryDisk();
  const file = await openAtomicFile(disk, path);
  t.is(file.value, undefined);
  const given = value(1);
  const replaced = file.replace(given);
  given.fill(0);
  await replaced;
  t.deepEqual(file.value, value(1));
  t.deepEqual((await openAtomicFile(disk, path)).value, value(1));
  await file.replace(new Uint8Array());
  t.deepEqual((await openAtomicFile(disk, path)).value, new Uint8Array());
});

test("replacements take effect in order, and one in the root folder works", async (t) => {
  const disk = memoryDisk();
  const file = await openAtomicFile(disk, "epoch");
  await Promise.all([1, 2, 3].map((number) => file.replace(value(number))));
  t.deepEqual(file.value, value(3));
  t.deepEqual((await openAtomicFile(disk, "epoch")).value, value(3));
  t.deepEqual(await disk.list(""), ["epoch"]);
});

test("a value that is too long changes nothing", async (t) => {
  const file = await openAtomicFile(memoryDisk(), path);
  await file.replace(value(1));
  await t.throwsAsync(file.replace(new Uint8Array(2 ** 20 + 1)), { code: "INVALID_OPTION" });
  t.deepEqual(file.value, value(1));
  await file.replace(new Uint8Array(2 ** 20));
});

test("a crash at any operation leaves the old value or the new one", async (t) => {
  for (let seed = 0; seed < 30; seed++) {
    for (let crashAt = 0, done = false; !done; crashAt++) {
      const disk = new CrashDisk(chance(seed));
      const file = await openAtomicFile(disk, path);
      await file.replace(value(1));
      disk.faults = { crashAt: disk.operations + crashAt };
      done = await file.replace(value(2)).then(
        () => true,
        () => false,
      );
      // The next process believes what it reads, whatever ended the last one, and may lose power after that.
      const after = disk.restart({ power: seed % 2 === 0 });
      const found = (await openAtomicFile(after, path)).value!;
      t.true(found.length === value(2).length || (!done && found.length === value(1).length));
      t.deepEqual(found, value(found.length - 20));
      t.deepEqual((await openAtomicFile(after.restart(), path)).value, found);
    }
  }
});

test("a failed replacement is final", async (t) => {
  for (const failing of ["creation of node/identity.draft", "write", "sync", "rename"]) {
    const disk = new CrashDisk(chance(1));
    const file = await openAtomicFile(disk, path);
    disk.faults = { failing };
    await t.throwsAsync(file.replace(value(1)), { code: "ATOMIC_FILE_FAILED" }, failing);
    disk.faults = {};
    await t.throwsAsync(file.replace(value(2)), { code: "ATOMIC_FILE_FAILED" }, failing);
    t.is(file.value, undefined);
  }
});

test("every flipped bit, every cut and every extra byte is an error", async (t) => {
  const disk = memoryDisk();
  await (await openAtomicFile(disk, path)).replace(value(3));
  const file = await disk.open(path);
  const good = await file.read(0, await file.size());
  const refused = async (bytes: Uint8Array): Promise<void> => {
    await file.truncate(0);
    await file.write(0, [bytes]);
    await t.throwsAsync(openAtomicFile(disk, path), { code: "ATOMIC_FILE_CORRUPT" });
  };
  for (let at = 0; at < good.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bytes = good.slice();
      bytes[at]! ^= 1 << bit;
      await refused(bytes);
    }
    await refused(good.subarray(0, at));
  }
  await refused(Uint8Array.from([...good, 0]));
  await refused(new Uint8Array(2 ** 21));
});
