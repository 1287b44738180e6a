import test, { type ExecutionContext } from "ava";
import { StoreClient, statusOf } from "../src/client/client.ts";
import { StoreUnavailableError } from "../src/errors.ts";
import { createServer } from "../src/http/server.ts";
import { LocalStore } from "./local-store.ts";

async function listen(t: ExecutionContext) {
  const store = new LocalStore();
  const server = createServer(store, { cluster: "test" });
  t.teardown(() => server.close());
  return { store, url: await server.listen({ host: "127.0.0.1", port: 0 }) };
}

/** An address at which nobody listens any more. */
async function vacated(): Promise<string> {
  const server = createServer(new LocalStore(), { cluster: "gone" });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  await server.close();
  return url;
}

test("put, get, compare-and-set and remove", async (t) => {
  const { url } = await listen(t);
  const client = new StoreClient([url]);
  const key = "a/b ?#%\n";
  t.is(await client.put(key, "one"), 1);
  t.deepEqual(await client.get(key), { value: new TextEncoder().encode("one"), revision: 1 });
  t.is(await client.put(key, new Uint8Array([0, 255]), 1), 2);
  await t.throwsAsync(client.put(key, "x", 1), { code: "REQUEST_REFUSED", message: /at revision 2/ });
  t.true(await client.remove(key, "*"));
  t.false(await client.remove(key));
  t.is(await client.get(key, "stale"), undefined);
});

test("a node that is not there is passed over", async (t) => {
  const { url } = await listen(t);
  const client = new StoreClient([await vacated(), url]);
  t.is(await client.put("a", "1"), 1);
  t.is(await new StoreClient([await vacated(), url]).put("a", "2", 1), 2);
});

test("a write that may have happened is repeated elsewhere only on request, and never with a condition", async (t) => {
  const [first, second] = [await listen(t), await listen(t)];
  first.store.failure = new StoreUnavailableError("lost the leader", true);
  const nodes = [first.url, second.url];
  const unknown = { code: "CLUSTER_UNREACHABLE", message: /may have happened/ };
  await t.throwsAsync(new StoreClient(nodes).put("a", "1"), unknown);
  await t.throwsAsync(new StoreClient(nodes).remove("a"), unknown);
  await t.throwsAsync(new StoreClient(nodes, { repeatWrites: true }).put("a", "1", "*"), unknown);
  t.is(second.store.size(), 0);
  t.is(await new StoreClient(nodes, { repeatWrites: true }).put("a", "1"), 1);
});

test("a read is repeated elsewhere", async (t) => {
  const [first, second] = [await listen(t), await listen(t)];
  first.store.failure = new StoreUnavailableError("lost the leader", true);
  t.is(await new StoreClient([first.url, second.url]).get("a"), undefined);
});

test("a conditional write that cannot have happened is repeated", async (t) => {
  const [first, second] = [await listen(t), await listen(t)];
  first.store.failure = new StoreUnavailableError("no leader", false);
  await second.store.execute({
    kind: {
      $case: "put",
      value: { key: "a", value: new Uint8Array(), contentType: "", condition: undefined },
    },
  });
  t.is(await new StoreClient([first.url, second.url]).put("a", "1", 1), 2);
});

test("when nobody answers, the error names who was asked", async (t) => {
  const nobody = await vacated();
  const client = new StoreClient([nobody], { timeoutMs: 1, retryMs: 1 });
  const error = await t.throwsAsync(client.get("a"), { code: "CLUSTER_UNREACHABLE" });
  t.true(error!.message.includes(nobody));
});

test("status of a node, or nothing", async (t) => {
  const { url } = await listen(t);
  t.like(await statusOf(url), { id: "n1", role: "leader", cluster: "test" });
  t.is(await statusOf(await vacated()), undefined);
});
