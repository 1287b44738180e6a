import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { Disk } from "./disk.ts";

/** One promise of the `Disk` port, as a test that any runner can run. */
export interface DiskCase {
  readonly name: string;
  /** Rejects when the disk breaks the promise. The disk must be empty. */
  run(disk: Disk): Promise<void>;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const code = (expected: string) => (error: { code?: unknown }) => error.code === expected;

/** Opens `path`, making it, hands it to `use` and closes it. */
async function within<T>(
  disk: Disk,
  path: string,
  use: (file: Awaited<ReturnType<Disk["open"]>>) => Promise<T>,
): Promise<T> {
  await using file = await disk.open(path, { create: true });
  return await use(file);
}

const files: readonly DiskCase[] = [
  {
    name: "a file that does not exist is an error, unless it may be made",
    async run(disk) {
      await rejects(disk.open("a"), code("FILE_NOT_FOUND"));
      deepEqual(await disk.list(""), []);
      await within(disk, "a", async (file) => {
        equal(file.path, "a");
        equal(await file.size(), 0);
      });
      await (await disk.open("a")).close();
    },
  },
  {
    name: "making a file that exists leaves its content",
    async run(disk) {
      await within(disk, "a", (file) => file.write(0, [bytes(1, 2)]));
      deepEqual(await within(disk, "a", (file) => file.read(0, 9)), bytes(1, 2));
    },
  },
  {
    name: "a file is not made in a folder that does not exist",
    async run(disk) {
      await rejects(disk.open("no/a", { create: true }), code("FILE_NOT_FOUND"));
    },
  },
  {
    name: "a folder cannot be opened as a file",
    async run(disk) {
      await disk.createFolder("f");
      await rejects(disk.open("f"), code("DISK_FAILED"));
    },
  },
  {
    name: "reads give what was written, and stop at the end of the file",
    async run(disk) {
      await within(disk, "a", async (file) => {
        await file.write(0, [bytes(1, 2, 3), bytes(), bytes(4)]);
        deepEqual(await file.read(1, 2), bytes(2, 3));
        deepEqual(await file.read(3, 100), bytes(4));
        deepEqual(await file.read(100, 1), bytes());
        equal(await file.size(), 4);
      });
    },
  },
  {
    name: "what was read is the reader's own: neither side sees later changes of the other",
    async run(disk) {
      await within(disk, "a", async (file) => {
        await file.write(0, [bytes(1, 2)]);
        const read = await file.read(0, 2);
        read[0] = 9;
        await file.write(1, [bytes(7)]);
        deepEqual(read, bytes(9, 2));
        deepEqual(await file.read(0, 2), bytes(1, 7));
      });
    },
  },
  {
    name: "what was written is the disk's own once the write has resolved",
    async run(disk) {
      await within(disk, "a", async (file) => {
        for (const size of [3, 1_000_000]) {
          const written = new Uint8Array(size).fill(1);
          await file.write(0, [written]);
          written.fill(2);
          ok((await file.read(0, size)).every((byte) => byte === 1));
        }
      });
    },
  },
  {
    name: "a write behind the end fills the gap with zeros",
    async run(disk) {
      await within(disk, "a", async (file) => {
        await file.write(3, [bytes(5)]);
        deepEqual(await file.read(0, 9), bytes(0, 0, 0, 5));
      });
    },
  },
  {
    name: "truncate cuts, and grows with zeros even where something stood",
    async run(disk) {
      await within(disk, "a", async (file) => {
        await file.write(0, [bytes(1, 2, 3, 4)]);
        await file.truncate(2);
        equal(await file.size(), 2);
        await file.truncate(5);
        deepEqual(await file.read(0, 9), bytes(1, 2, 0, 0, 0));
      });
    },
  },
  {
    name: "calls made without waiting take effect in their order",
    async run(disk) {
      await within(disk, "a", async (file) => {
        const large = new Uint8Array(1_000_000).fill(1);
        const calls = [
          file.write(0, [large]),
          file.write(0, [bytes(2)]),
          file.sync(),
          file.write(1, [bytes(3), bytes(4)]),
        ];
        const read = file.read(0, 4);
        await Promise.all(calls);
        deepEqual(await read, bytes(2, 3, 4, 1));
      });
    },
  },
  {
    name: "a closed file refuses everything but closing again",
    async run(disk) {
      const file = await disk.open("a", { create: true });
      await file.close();
      await file.close();
      await file[Symbol.asyncDispose]();
      await rejects(file.read(0, 1), code("DISK_FAILED"));
      await rejects(file.write(0, [bytes(1)]), code("DISK_FAILED"));
      await rejects(file.sync(), code("DISK_FAILED"));
    },
  },
  {
    name: "two handles see the same file",
    async run(disk) {
      await within(disk, "a", async (first) => {
        await within(disk, "a", async (second) => {
          await first.write(0, [bytes(1)]);
          deepEqual(await second.read(0, 1), bytes(1));
        });
      });
    },
  },
];

const folders: readonly DiskCase[] = [
  {
    name: "a folder that does not exist is empty",
    async run(disk) {
      deepEqual(await disk.list("no/where"), []);
    },
  },
  {
    name: "folders are made with their parents, and again without harm",
    async run(disk) {
      await disk.createFolder("a/b/c");
      await within(disk, "a/b/file", (file) => file.write(0, [bytes(1)]));
      await disk.createFolder("a/b");
      await disk.createFolder("");
      deepEqual(await disk.list("a/b"), ["c", "file"]);
      deepEqual(await disk.list("a"), ["b"]);
      deepEqual(await disk.list(""), ["a"]);
    },
  },
  {
    name: "names are listed in order, without those of other folders",
    async run(disk) {
      await disk.createFolder("f");
      await disk.createFolder("ff");
      for (const path of ["f/b", "f/a", "f/10", "ff/x"]) await within(disk, path, async () => {});
      deepEqual(await disk.list("f"), ["10", "a", "b"]);
    },
  },
  {
    name: "rename replaces what had the name",
    async run(disk) {
      await disk.createFolder("f");
      await within(disk, "a", (file) => file.write(0, [bytes(1)]));
      await within(disk, "f/b", (file) => file.write(0, [bytes(2, 2)]));
      await disk.rename("a", "f/b");
      deepEqual(await within(disk, "f/b", (file) => file.read(0, 9)), bytes(1));
      deepEqual(await disk.list(""), ["f"]);
      await rejects(disk.rename("a", "c"), code("FILE_NOT_FOUND"));
      await rejects(disk.rename("f/b", "no/c"), code("FILE_NOT_FOUND"));
    },
  },
  {
    name: "an open file outlives its name",
    async run(disk) {
      await within(disk, "a", async (file) => {
        await file.write(0, [bytes(1)]);
        await disk.remove("a");
        deepEqual(await disk.list(""), []);
        deepEqual(await file.read(0, 1), bytes(1));
      });
      await rejects(disk.open("a"), code("FILE_NOT_FOUND"));
    },
  },
  {
    name: "removing what is not there does nothing",
    async run(disk) {
      await disk.remove("a");
    },
  },
  {
    name: "a folder can be synced, one that does not exist cannot",
    async run(disk) {
      await disk.createFolder("f");
      await disk.syncFolder("f");
      await disk.syncFolder("");
      await rejects(disk.syncFolder("no"), code("FILE_NOT_FOUND"));
    },
  },
  {
    name: "paths that lead out of the disk are refused",
    async run(disk) {
      for (const path of ["/a", "../a", "a/../../b", "a//b", "a/", "./a", "a\\b", "a\0b", ".."]) {
        await rejects(disk.open(path, { create: true }), code("INVALID_PATH"), path);
        await rejects(disk.list(path), code("INVALID_PATH"), path);
        await rejects(disk.createFolder(path), code("INVALID_PATH"), path);
        await rejects(disk.rename("a", path), code("INVALID_PATH"), path);
        await rejects(disk.remove(path), code("INVALID_PATH"), path);
        await rejects(disk.syncFolder(path), code("INVALID_PATH"), path);
      }
    },
  },
];

/** What every disk promises while nothing crashes. Run each case on an empty disk of its own. */
export const diskContract: readonly DiskCase[] = [...files, ...folders];
