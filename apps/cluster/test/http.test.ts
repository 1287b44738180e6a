import { connect } from "node:net";
import test from "ava";
import { StoreUnavailableError } from "../src/errors.ts";
import { createServer } from "../src/http/server.ts";
import { LocalStore } from "./local-store.ts";

const serve = () => {
  const store = new LocalStore();
  return { store, server: createServer(store, { cluster: "test" }) };
};

test("what is put is got, byte for byte, with its revision as ETag", async (t) => {
  const { server } = serve();
  const value = Buffer.from([0, 255, 10, 13, 128]);
  const put = await server.inject({ method: "PUT", url: "/kv/a", body: value });
  t.is(put.statusCode, 200);
  t.deepEqual(put.json(), { revision: 1 });
  t.is(put.headers.etag, '"1"');
  const got = await server.inject({ url: "/kv/a" });
  t.is(got.statusCode, 200);
  t.is(got.headers.etag, '"1"');
  t.deepEqual(got.rawPayload, value);
});

test("JSON and plain text keep their type; a form's or a page's type is not repeated", async (t) => {
  const { server } = serve();
  const types = {
    "application/json": "application/json",
    "text/plain; charset=utf-8": "text/plain",
    "application/x-www-form-urlencoded": "application/octet-stream",
    "text/html": "application/octet-stream",
  };
  for (const [sent, kept] of Object.entries(types)) {
    await server.inject({ method: "PUT", url: "/kv/a", headers: { "content-type": sent }, body: '{"a":1}' });
    const got = await server.inject({ url: "/kv/a" });
    t.is(String(got.headers["content-type"]).split(";")[0], kept);
    t.is(got.body, '{"a":1}');
  }
});

test("an empty value is a value", async (t) => {
  const { server } = serve();
  t.is((await server.inject({ method: "PUT", url: "/kv/a" })).statusCode, 200);
  const got = await server.inject({ url: "/kv/a" });
  t.is(got.statusCode, 200);
  t.is(got.rawPayload.length, 0);
});

test("any characters make a key", async (t) => {
  const { server } = serve();
  for (const key of ["a/b", "ключ", "x y", "%", "?&#", "line\nbreak"]) {
    const url = `/kv/${encodeURIComponent(key)}`;
    t.is((await server.inject({ method: "PUT", url, body: key })).statusCode, 200, key);
    t.is((await server.inject({ url })).body, key);
  }
});

test("compare-and-set by If-Match, with or without quotes", async (t) => {
  const { server } = serve();
  const put = (revision: string, body: string) =>
    server.inject({ method: "PUT", url: "/kv/a", headers: { "if-match": revision }, body });
  await server.inject({ method: "PUT", url: "/kv/a", body: "1" });
  t.deepEqual((await put('"1"', "2")).json(), { revision: 2 });
  t.deepEqual((await put("2", "3")).json(), { revision: 3 });
  const late = await put('"2"', "4");
  t.is(late.statusCode, 412);
  t.is(late.json().error.code, "REVISION_MISMATCH");
  t.is(late.json().error.revision, 3);
  t.is((await server.inject({ url: "/kv/a" })).body, "3");
});

test("If-Match: * writes only what is there, If-None-Match: * only what is not", async (t) => {
  const { server } = serve();
  const put = (headers: Record<string, string>) =>
    server.inject({ method: "PUT", url: "/kv/a", headers, body: "x" });
  t.is((await put({ "if-match": "*" })).statusCode, 412);
  t.is((await put({ "if-none-match": "*" })).statusCode, 200);
  const again = await put({ "if-none-match": "*" });
  t.is(again.statusCode, 412);
  t.is(again.json().error.code, "KEY_EXISTS");
  t.is((await put({ "if-match": "*" })).statusCode, 200);
});

test("DELETE removes, tells what was not there, and heeds If-Match", async (t) => {
  const { server } = serve();
  await server.inject({ method: "PUT", url: "/kv/a", body: "1" });
  const headers = { "if-match": '"9"' };
  t.is((await server.inject({ method: "DELETE", url: "/kv/a", headers })).statusCode, 412);
  t.is((await server.inject({ method: "DELETE", url: "/kv/a" })).statusCode, 204);
  t.is((await server.inject({ method: "DELETE", url: "/kv/a" })).statusCode, 404);
  t.is((await server.inject({ url: "/kv/a" })).statusCode, 404);
});

test("reads are linearizable unless asked otherwise", async (t) => {
  const { server, store } = serve();
  await server.inject({ url: "/kv/a" });
  await server.inject({ url: "/kv/a?consistency=stale" });
  await server.inject({ url: "/kv/a?consistency=linearizable" });
  t.deepEqual(store.reads, ["linearizable", "stale", "linearizable"]);
});

const badRequests = [
  {
    name: "key too large",
    method: "PUT",
    url: `/kv/${"k".repeat(1025)}`,
    status: 414,
    code: "KEY_TOO_LARGE",
  },
  {
    name: "key far too large",
    method: "GET",
    url: `/kv/${"k".repeat(9000)}`,
    status: 414,
    code: "KEY_TOO_LARGE",
  },
  { name: "no key", method: "PUT", url: "/kv/", status: 400, code: "KEY_EMPTY" },
  { name: "bad percent", method: "GET", url: "/kv/%zz", status: 400, code: "MALFORMED_URL" },
  { name: "key not UTF-8", method: "GET", url: "/kv/%ff", status: 400, code: "MALFORMED_URL" },
  { name: "unknown route", method: "GET", url: "/keys", status: 404, code: "ROUTE_UNKNOWN" },
  { name: "unknown method of a key", method: "POST", url: "/kv/a", status: 405, code: "METHOD_NOT_ALLOWED" },
  {
    name: "unknown method of a page",
    method: "PUT",
    url: "/status",
    status: 405,
    code: "METHOD_NOT_ALLOWED",
  },
  { name: "root", method: "GET", url: "/", status: 404, code: "ROUTE_UNKNOWN" },
  {
    name: "consistency",
    method: "GET",
    url: "/kv/a?consistency=x",
    status: 400,
    code: "UNKNOWN_CONSISTENCY",
  },
  {
    name: "consistency twice",
    method: "GET",
    url: "/kv/a?consistency=stale&consistency=stale",
    status: 400,
    code: "UNKNOWN_CONSISTENCY",
  },
  { name: "timeout", method: "GET", url: "/kv/a?timeoutMs=soon", status: 400, code: "MALFORMED_TIMEOUT" },
  {
    name: "timeout too long",
    method: "GET",
    url: "/kv/a?timeoutMs=60001",
    status: 400,
    code: "MALFORMED_TIMEOUT",
  },
  {
    name: "value too large",
    method: "PUT",
    url: "/kv/a",
    body: Buffer.alloc(1024 * 1024 + 1),
    status: 413,
    code: "VALUE_TOO_LARGE",
  },
  {
    name: "malformed JSON",
    method: "PUT",
    url: "/kv/a",
    headers: { "content-type": "application/json" },
    body: '{"a":',
    status: 400,
    code: "MALFORMED_JSON",
  },
  {
    name: "JSON that is not UTF-8",
    method: "PUT",
    url: "/kv/a",
    headers: { "content-type": "application/json" },
    body: Buffer.from([0x22, 0xff, 0x22]),
    status: 400,
    code: "MALFORMED_JSON",
  },
  ...["x", '"x"', '"1", "2"', 'W/"1"', "-1", "1.5", "99999999999999999999", '"9999999999999999"', ""].map(
    (value) => ({
      name: `If-Match: ${value}`,
      method: "PUT",
      url: "/kv/a",
      headers: { "if-match": value },
      status: 400,
      code: "MALFORMED_CONDITION",
    }),
  ),
  {
    name: "If-None-Match with a revision",
    method: "PUT",
    url: "/kv/a",
    headers: { "if-none-match": '"1"' },
    status: 400,
    code: "MALFORMED_CONDITION",
  },
] as const;

for (const { name, status, code, ...request } of badRequests)
  test(`bad request: ${name} is a ${status} ${code} that says what to do`, async (t) => {
    const { server, store } = serve();
    const answer = await server.inject(request);
    t.is(answer.statusCode, status);
    t.regex(String(answer.headers["content-type"]), /^application\/json/);
    t.is(answer.json().error.code, code);
    t.true(answer.json().error.message.length > 20);
    t.is(store.size(), 0);
  });

test("who asks by a method that there is not learns which there are", async (t) => {
  const { server } = serve();
  const allowed = async (method: "POST" | "OPTIONS" | "PUT", url: string) =>
    String((await server.inject({ method, url })).headers.allow)
      .split(", ")
      .sort();
  t.deepEqual(await allowed("POST", "/kv/a"), ["DELETE", "GET", "HEAD", "PUT"]);
  t.deepEqual(await allowed("OPTIONS", "/kv/b"), ["DELETE", "GET", "HEAD", "PUT"]);
  t.deepEqual(await allowed("PUT", "/metrics"), ["GET", "HEAD"]);
});

const notHttp = [
  { name: "garbage", sent: "\u0000\u0001garbage\r\n\r\n", status: 400, code: "MALFORMED_REQUEST" },
  {
    name: "a path of 20 KB",
    sent: `GET /kv/${"k".repeat(20_000)} HTTP/1.1\r\n\r\n`,
    status: 431,
    code: "HEADERS_TOO_LARGE",
  },
];

for (const { name, sent, status, code } of notHttp)
  test(`what is not HTTP is a ${status} ${code} all the same: ${name}`, async (t) => {
    const { server } = serve();
    t.teardown(() => server.close());
    const { port } = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
    const socket = connect(Number(port), "127.0.0.1").end(sent);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    t.true(head.startsWith(`HTTP/1.1 ${status} `), head);
    t.is(JSON.parse(body).error.code, code);
  });

test("a value of the largest size passes", async (t) => {
  const { server } = serve();
  const body = Buffer.alloc(1024 * 1024, 1);
  t.is((await server.inject({ method: "PUT", url: "/kv/a", body })).statusCode, 200);
  t.deepEqual((await server.inject({ url: "/kv/a" })).rawPayload, body);
});

test("a cluster that does not answer is a 503 that says whether the write may have happened", async (t) => {
  const { server, store } = serve();
  store.failure = new StoreUnavailableError("no leader within 5000 ms", true);
  const answer = await server.inject({ method: "PUT", url: "/kv/a", body: "x" });
  t.is(answer.statusCode, 503);
  t.like(answer.json().error, { code: "STORE_UNAVAILABLE", mayHaveHappened: true });
});

test("a fault of the node's own is a 500 that keeps its insides to itself", async (t) => {
  const { server, store } = serve();
  store.failure = new Error("secret path");
  const answer = await server.inject({ url: "/kv/a" });
  t.is(answer.statusCode, 500);
  t.false(answer.body.includes("secret"));
});

test("status, liveness and readiness", async (t) => {
  const { server, store } = serve();
  t.like((await server.inject({ url: "/status" })).json(), { cluster: "test", id: "n1", term: 3, keys: 0 });
  t.is((await server.inject({ url: "/livez" })).statusCode, 200);
  t.is((await server.inject({ url: "/readyz" })).statusCode, 200);
  store.leader = undefined;
  t.is((await server.inject({ url: "/livez" })).statusCode, 200);
  const waiting = await server.inject({ url: "/readyz" });
  t.is(waiting.statusCode, 503);
  t.is(waiting.json().error.code, "NO_LEADER");
});

test("a failed node is neither live nor ready", async (t) => {
  const failure = () => new Error("the disk said no");
  const server = createServer(new LocalStore(), { cluster: "test", failure });
  for (const url of ["/livez", "/readyz"]) {
    const answer = await server.inject({ url });
    t.is(answer.statusCode, 503);
    t.regex(answer.json().error.message, /the disk said no/);
  }
});

test("metrics are Prometheus text: the store's numbers, the keys, and requests by route", async (t) => {
  const { server } = serve();
  await server.inject({ method: "PUT", url: "/kv/secret-key", body: "x" });
  const answer = await server.inject({ url: "/metrics" });
  t.is(answer.statusCode, 200);
  t.regex(answer.body, /^coterie_raft_elections_total 2$/m);
  t.regex(answer.body, /^coterie_transport_dropped_outbox_full 3$/m);
  t.regex(answer.body, /^coterie_keys 1$/m);
  t.regex(
    answer.body,
    /^coterie_http_request_seconds_count\{method="PUT",route="\/kv\/:key",status="200"\} 1$/m,
  );
  t.false(answer.body.includes("secret-key"));
  t.is((await server.inject({ url: "/metrics" })).statusCode, 200);
});
