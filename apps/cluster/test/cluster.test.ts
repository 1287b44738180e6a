import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { StoreClient } from "../src/client/client.ts";
import { makeKeys } from "../src/keys/keyring.ts";
import { Supervisor } from "../src/supervisor/supervisor.ts";

async function cluster(t: ExecutionContext, nodes: number, secure = false): Promise<Supervisor> {
  const directory = await mkdtemp(join(tmpdir(), "coterie-cluster-"));
  const supervisor = await Supervisor.create({ nodes, cluster: "test", directory, port: 0, secure });
  t.teardown(async () => {
    await supervisor.stop();
    await rm(directory, { recursive: true, force: true });
  });
  await supervisor.start();
  return supervisor;
}

/** Sends bytes that mean nothing, once as they are and once behind a greeting of ZeroMQ's protocol. */
async function noise(address: string): Promise<void> {
  const { hostname, port } = new URL(address);
  const greeting = Buffer.concat([Buffer.from("ff00000000000000017f03004e554c4c", "hex"), Buffer.alloc(48)]);
  for (const prefix of [Buffer.alloc(0), greeting]) {
    const socket = connect(Number(port), hostname).end(Buffer.concat([prefix, randomBytes(4096)]));
    socket.on("error", () => {}).resume();
    await once(socket, "close");
  }
}

const urls = (supervisor: Supervisor): string[] => supervisor.members.map((member) => member.url);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

test.serial("any node serves any request, and a killed leader catches up when it is back", async (t) => {
  const supervisor = await cluster(t, 3);
  const clients = urls(supervisor).map((url) => new StoreClient([url]));
  const [first, second, third] = clients as [StoreClient, StoreClient, StoreClient];
  // Peers' ports take what comes: noise must neither stop a node nor get between the others.
  for (const member of supervisor.members) await noise(member.settings.peers.get(member.id)!);
  const revision = await first.put("key", "one");
  for (const client of clients) t.is(text((await client.get("key"))?.value), "one");
  t.true((await second.put("key", "two", revision)) > revision);
  await t.throwsAsync(third.put("key", "three", revision), {
    code: "REQUEST_REFUSED",
    message: /at revision/,
  });
  t.true(await third.remove("key"));
  for (const client of clients) t.is(await client.get("key"), undefined);

  const leader = supervisor.member((await supervisor.leader()).id);
  await supervisor.kill(leader);
  await new StoreClient(urls(supervisor)).put("meanwhile", "three");
  await supervisor.start();
  t.is(text((await new StoreClient([leader.url]).get("meanwhile"))?.value), "three");
});

test.serial("nodes with keys agree, and go on without the one whose key nobody trusts", async (t) => {
  const supervisor = await cluster(t, 3, true);
  const all = new StoreClient(urls(supervisor));
  await all.put("key", "one");
  for (const url of urls(supervisor)) t.is(text((await new StoreClient([url]).get("key"))?.value), "one");

  const { id: leading } = await supervisor.leader();
  const [outcast, ...others] = supervisor.members.filter(({ id }) => id !== leading);
  await supervisor.kill(outcast!);
  const keys = outcast!.settings.keys!;
  // Somebody with the folder of a node, but not its key.
  await rm(join(keys, `${outcast!.id}.secret.json`));
  await writeFile(join(keys, "trusted.json.theirs"), await readFile(join(keys, "trusted.json")));
  await makeKeys(keys, [outcast!.id]);
  await supervisor.startMember(outcast!);
  await rename(join(keys, "trusted.json.theirs"), join(keys, "trusted.json"));
  await t.throwsAsync(new StoreClient([outcast!.url], { timeoutMs: 2_000 }).put("key", "forged"));
  await new StoreClient(others.map(({ url }) => url)).put("key", "two");
  t.is(text((await new StoreClient([others[0]!.url]).get("key"))?.value), "two");
});

test.serial(
  "five nodes killed in the middle of writes: every acknowledged write is there when they are back",
  async (t) => {
    const supervisor = await cluster(t, 5);
    const acknowledged = new Map<string, string>();
    let writing = true;
    const write = async (url: string, writer: number): Promise<void> => {
      const client = new StoreClient([url], { timeoutMs: 100, retryMs: 1 });
      for (let i = 0; writing; i++) {
        const [key, value] = [`${writer}/${i}`, `value ${i} of ${writer}`];
        await client.put(key, value).then(
          () => acknowledged.set(key, value),
          () => {},
        );
      }
    };
    const writers = Array.from({ length: 20 }, (_, i) => write(urls(supervisor)[i % 5]!, i));
    while (acknowledged.size < 300) await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all(supervisor.members.map((member) => supervisor.kill(member)));
    writing = false;
    await Promise.all(writers);
    t.is(supervisor.running.length, 0);

    await supervisor.start();
    const client = new StoreClient(urls(supervisor));
    for (const [key, value] of acknowledged) t.is(text((await client.get(key))?.value), value, key);
    t.true((await client.put("after", "all")) > 0);
  },
);
