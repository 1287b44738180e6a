import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { createHost, FolderInUseError, ForeignFolderError } from "../src/index.ts";

const listen = "tcp://127.0.0.1:*";

async function folder(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "coterie-host-"));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("every start on a folder has a greater epoch", (t) =>
  folder(async (directory) => {
    for (let start = 1; start <= 3; start++) {
      const host = await createHost({ id: "a", listen, directory });
      t.is(host.epoch, start);
      await host[Symbol.asyncDispose]();
    }
  }));

test("a folder belongs to one node of one cluster", (t) =>
  folder(async (directory) => {
    const host = await createHost({ id: "a", listen, directory, cluster: "one" });
    await host[Symbol.asyncDispose]();
    await t.throwsAsync(createHost({ id: "b", listen, directory, cluster: "one" }), {
      instanceOf: ForeignFolderError,
    });
    await t.throwsAsync(createHost({ id: "a", listen, directory, cluster: "two" }), {
      instanceOf: ForeignFolderError,
    });
  }));

test("a folder is used by one host at a time", (t) =>
  folder(async (directory) => {
    const host = await createHost({ id: "a", listen, directory });
    await t.throwsAsync(createHost({ id: "a", listen, directory }), { instanceOf: FolderInUseError });
    await host[Symbol.asyncDispose]();
    await (await createHost({ id: "a", listen, directory }))[Symbol.asyncDispose]();
  }));

test("a host that cannot be made leaves nothing open", (t) =>
  folder(async (directory) => {
    const host = await createHost({ id: "a", listen, directory: join(directory, "a") });
    const taken = { id: "b", listen: host.transport.address, directory: join(directory, "b") };
    await t.throwsAsync(createHost(taken), { code: "ERR_ADDRESS_IN_USE" });
    await t.throwsAsync(createHost({ ...taken, listen, peers: { c: "nowhere" } }));
    const other = await createHost({ ...taken, listen });
    await other[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
  }));

test("the first failure is the one reported", (t) =>
  folder(async (directory) => {
    const host = await createHost({ id: "a", listen, directory });
    host.fail(new Error("first"));
    host.fail(new Error("second"));
    t.is(host.failed.reason.message, "first");
    await host[Symbol.asyncDispose]();
  }));
