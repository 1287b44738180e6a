import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { StoreClient } from "../src/client/client.ts";
import { Supervisor } from "../src/supervisor/supervisor.ts";

async function directoryFor(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "coterie-bad-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function supervise(
  t: ExecutionContext,
  directory: string,
  nodes = 3,
  cluster = "test",
): Promise<Supervisor> {
  const supervisor = await Supervisor.create({ nodes, cluster, directory, port: 0 });
  t.teardown(() => supervisor.stop());
  return supervisor;
}

/** The one line with which a start failed. */
async function refusal(t: ExecutionContext, start: Promise<unknown>): Promise<string> {
  const error = await t.throwsAsync(start, { code: "NODE_START" });
  t.false(error!.message.includes("\n"));
  return error!.message;
}

test.serial("an HTTP port in use stops the node at start, and the line names it", async (t) => {
  const supervisor = await supervise(t, await directoryFor(t));
  const member = supervisor.members[0]!;
  const { host, port } = member.settings.http;
  const squatter = createServer().listen(port, host);
  t.teardown(() => squatter.close());
  const line = await refusal(t, member.start());
  t.true(line.includes(`${host}:${port}`), line);
  t.regex(line, /in use/);
  t.false(member.running);
});

test.serial("a peer port in use stops the node at start, and the line names it", async (t) => {
  const supervisor = await supervise(t, await directoryFor(t));
  const member = supervisor.members[0]!;
  const address = member.settings.peers.get(member.id)!;
  const { hostname, port } = new URL(address);
  const squatter = createServer().listen(Number(port), hostname);
  t.teardown(() => squatter.close());
  const line = await refusal(t, member.start());
  t.true(line.includes(`${hostname}:${port}`), line);
});

test.serial("the folder of another cluster stops the node at start, and nothing in it changes", async (t) => {
  const directory = await directoryFor(t);
  const ours = await supervise(t, directory, 1, "ours");
  await ours.start();
  await new StoreClient([ours.members[0]!.url]).put("key", "value");
  await ours.stop();
  const theirs = await supervise(t, directory, 1, "theirs");
  const line = await refusal(t, theirs.members[0]!.start());
  t.regex(line, /n1 belongs to node n1 of cluster ours/);
  const again = await supervise(t, directory, 1, "ours");
  await again.start();
  const found = await new StoreClient([again.members[0]!.url]).get("key");
  t.is(Buffer.from(found!.value).toString(), "value");
});

/** The journal's file: the largest in the folder. */
async function journalOf(directory: string): Promise<string> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  let largest = { path: "", size: -1 };
  for (const entry of names.filter((e) => e.isFile())) {
    const path = join(entry.parentPath, entry.name);
    await using file = await open(path, "r");
    const { size } = await file.stat();
    if (size > largest.size) largest = { path, size };
  }
  return largest.path;
}

/** Flips one bit of the first occurrence of a text. */
async function flipBitIn(path: string, text: string): Promise<void> {
  await using file = await open(path, "r+");
  const content = await file.readFile();
  const at = content.indexOf(text);
  if (at < 0) throw new Error(`${path} does not hold ${text}`);
  await file.write(Uint8Array.of(content[at]! ^ 1), 0, 1, at);
}

test.serial("a flipped bit in the middle of a journal stops the node; the others lose nothing", async (t) => {
  const directory = await directoryFor(t);
  const supervisor = await supervise(t, directory);
  await supervisor.start();
  const client = new StoreClient(supervisor.members.map((member) => member.url));
  for (let i = 0; i < 50; i++) await client.put(`key ${i}`, `value number ${i}.`);
  await supervisor.stop();

  const broken = supervisor.members[0]!;
  const journal = await journalOf(broken.settings.directory);
  await flipBitIn(journal, "value number 7.");
  const again = await supervise(t, directory);
  const line = await refusal(t, again.members[0]!.start());
  t.true(line.includes(journal.slice(directory.length + "/n1/".length)), line);
  t.regex(line, /\b\d{2,}\b/, "the offset");

  await Promise.all(again.members.slice(1).map((member) => member.start()));
  await again.leader();
  const rest = new StoreClient(again.members.slice(1).map((member) => member.url));
  for (let i = 0; i < 50; i++)
    t.is(Buffer.from((await rest.get(`key ${i}`))!.value).toString(), `value number ${i}.`);
});
