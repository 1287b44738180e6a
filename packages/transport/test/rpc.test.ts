import { setImmediate as turn } from "node:timers/promises";
import {
  CallTimeoutError,
  type Codec,
  createRpc,
  type IncomingCall,
  memoryNetwork,
  RemoteError,
  type RpcOptions,
  TooManyCallsError,
  type Transport,
  TransportClosedError,
  UnreachableError,
} from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { envelope, envelopeCodec, kinds } from "../src/rpc/envelope.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { text, textMethod } from "./support/text.ts";

const echo = textMethod("test/Echo");

function pair(t: ExecutionContext, options: RpcOptions = {}) {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const a = network.transport("a");
  const b = network.transport("b");
  a.connect("b", b.address);
  const client = createRpc({ transport: a, clock }, options);
  const server = createRpc({ transport: b, clock }, options);
  t.teardown(async () => {
    client[Symbol.dispose]();
    server[Symbol.dispose]();
    await a[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
  });
  return { network, clock, a, b, client, server };
}

/** Lets messages travel there and back. */
async function travel(): Promise<void> {
  for (let i = 0; i < 6; i++) await turn();
}

test("a call is answered, by a handler with or without a promise, and on the node itself", async (t) => {
  const { client, server } = pair(t);
  server.serve(echo, (request, call) => `${call.from}: ${request}`);
  client.serve(echo, async (request, call) => `${call.from}: ${request}`);
  t.is(await client.call("b", echo, "hello"), "a: hello");
  t.is(await server.call("a", echo, "hello"), "b: hello");
  t.is(await client.call("a", echo, "hello"), "a: hello");
});

test("each of many calls in flight gets its own answer", async (t) => {
  const { client, server } = pair(t);
  server.serve(echo, async (request) => {
    if (request.length % 3 === 0) await turn();
    return request.toUpperCase();
  });
  const requests = Array.from({ length: 500 }, (_, i) => `request ${i}`);
  t.deepEqual(
    await Promise.all(requests.map((request) => client.call("b", echo, request))),
    requests.map((request) => request.toUpperCase()),
  );
  t.like(client.metrics(), { calls: 0, serving: 0 });
});

test("what a handler throws arrives as a RemoteError with its code", async (t) => {
  const { client, server } = pair(t);
  server.serve(echo, (request) => {
    throw Object.assign(new Error(`no ${request}`), request === "coded" ? { code: "ERR_NO" } : {});
  });
  server.serve(textMethod("test/Late"), async () => {
    throw new Error("later");
  });
  const coded = await t.throwsAsync(client.call("b", echo, "coded"), { instanceOf: RemoteError });
  t.like(coded, { code: "ERR_REMOTE", remoteCode: "ERR_NO", from: "b", method: "test/Echo" });
  t.regex(coded?.message ?? "", /no coded/);
  t.like(await t.throwsAsync(client.call("b", echo, "plain")), { remoteCode: "ERR_INTERNAL" });
  t.like(await t.throwsAsync(client.call("b", textMethod("test/Late"), "x")), { remoteCode: "ERR_INTERNAL" });
});

test("unknown methods and unreadable requests and answers are told apart", async (t) => {
  const { client, server } = pair(t);
  server.serve(echo, (request) => request);
  const broken = { ...text, encode: (_: string, writer = text.encode("")) => writer.uint32(77) };
  server.serve({ ...textMethod("test/Broken"), response: broken }, (request) => request);
  t.like(await t.throwsAsync(client.call("b", textMethod("test/Nope"), "x")), {
    remoteCode: "ERR_UNKNOWN_METHOD",
  });
  t.like(await t.throwsAsync(client.call("b", { ...echo, request: broken }, "x")), {
    remoteCode: "ERR_BAD_REQUEST",
  });
  t.like(await t.throwsAsync(client.call("b", textMethod("test/Broken"), "x")), {
    remoteCode: "ERR_BAD_RESPONSE",
  });
});

test("an answer that cannot be encoded fails the call instead of leaving it to wait", async (t) => {
  const { client, server } = pair(t);
  server.serve(echo, () => undefined as unknown as string);
  const strict = {
    ...text,
    encode() {
      throw new RangeError("too odd to encode");
    },
  };
  server.serve({ ...textMethod("test/Odd"), response: strict }, (request) => request);
  const error = await t.throwsAsync(client.call("b", textMethod("test/Odd"), "x"), {
    instanceOf: RemoteError,
  });
  t.regex(error?.message ?? "", /too odd to encode/);
});

test("a call to nobody fails at once", async (t) => {
  const { client } = pair(t);
  await t.throwsAsync(client.call("nobody", echo, "x"), { instanceOf: UnreachableError });
});

test("a call ends at its deadline, and the server's signal with it", async (t) => {
  const { client, server, clock } = pair(t, { timeoutMs: 5_000 });
  const served: IncomingCall[] = [];
  server.serve(echo, (_, call) => {
    served.push(call);
    call.signal.throwIfAborted();
    return new Promise(() => {});
  });
  const short = t.throwsAsync(client.call("b", echo, "x", { timeoutMs: 100 }), {
    instanceOf: CallTimeoutError,
  });
  const long = t.throwsAsync(client.call("b", echo, "x"), { instanceOf: CallTimeoutError });
  await travel();
  t.is(served[0]?.deadline, 100);
  clock.pass(99);
  t.false(served[0]?.signal.aborted);
  clock.pass(1);
  await short;
  t.true(served[0]?.signal.aborted);
  t.false(served[1]?.signal.aborted);
  t.is(client.metrics().calls, 1);
  clock.pass(5_000);
  await long;
  t.is(clock.waiting, 0);
});

test("an answer that comes after the deadline changes nothing", async (t) => {
  const { client, server, clock } = pair(t);
  let answer = (_: string): void => {};
  server.serve(echo, () => new Promise((resolve) => (answer = resolve)));
  const call = t.throwsAsync(client.call("b", echo, "x", { timeoutMs: 10 }), {
    instanceOf: CallTimeoutError,
  });
  await travel();
  clock.pass(20);
  answer("too late");
  await call;
  await travel();
  server.serve(textMethod("test/Other"), () => "other");
  t.is(await client.call("b", textMethod("test/Other"), "x"), "other");
});

test("aborting a call rejects with the signal's reason and reaches the handler", async (t) => {
  const { client, server } = pair(t);
  let signal: AbortSignal | undefined;
  server.serve(echo, (_, call) => {
    signal = call.signal;
    return new Promise(() => {});
  });
  const controller = new AbortController();
  const call = client.call("b", echo, "x", { signal: controller.signal });
  await travel();
  t.false(signal?.aborted);
  controller.abort(new Error("changed my mind"));
  await t.throwsAsync(call, { message: "changed my mind" });
  await travel();
  t.true(signal?.aborted);
  t.is(server.metrics().serving, 1);
  await t.throwsAsync(client.call("b", echo, "x", { signal: controller.signal }), {
    message: "changed my mind",
  });
});

test("calls that wait and calls that are worked on are bounded", async (t) => {
  const { client, server } = pair(t, { callsMax: 2, servingMax: 1 });
  server.serve(echo, () => new Promise(() => {}));
  const abort = new AbortController();
  const first = client.call("b", echo, "x", { signal: abort.signal });
  await travel();
  t.like(await t.throwsAsync(client.call("b", echo, "y")), { remoteCode: "ERR_OVERLOADED" });
  const second = client.call("a", echo, "z", { signal: abort.signal });
  await t.throwsAsync(client.call("b", echo, "w"), { instanceOf: TooManyCallsError });
  abort.abort();
  await t.throwsAsync(first);
  await t.throwsAsync(second);
});

test("closing rejects what waits and aborts what is worked on", async (t) => {
  const { client, server } = pair(t);
  let signal: AbortSignal | undefined;
  server.serve(echo, (_, call) => {
    signal = call.signal;
    return new Promise(() => {});
  });
  const call = t.throwsAsync(client.call("b", echo, "x"), { instanceOf: TransportClosedError });
  await travel();
  client[Symbol.dispose]();
  await call;
  await t.throwsAsync(client.call("b", echo, "x"), { instanceOf: TransportClosedError });
  server[Symbol.dispose]();
  t.true(signal?.aborted);
});

test("a caller's new life ends the work for its earlier one, whose answers it never sees", async (t) => {
  const { network, a, client, server, clock } = pair(t);
  const serving: { answer: (text: string) => void; call: IncomingCall }[] = [];
  server.serve(echo, (_, call) => new Promise((answer) => void serving.push({ answer, call })));
  void client.call("b", echo, "old").catch(() => undefined);
  await travel();
  await a[Symbol.asyncDispose]();
  clock.pass(10);
  const again = network.transport("a");
  t.teardown(() => again[Symbol.asyncDispose]());
  again.connect("b", "memory://b");
  const reborn = createRpc({ transport: again, clock });
  const call = reborn.call("b", echo, "new");
  await travel();
  t.true(serving[0]?.call.signal.aborted);
  serving[0]?.answer("for the dead");
  await travel();
  serving[1]?.answer("for the living");
  t.is(await call, "for the living");
});

test("a method is served once at a time", (t) => {
  const { server } = pair(t);
  const first = server.serve(echo, (request) => request);
  t.throws(() => server.serve(echo, (request) => request), { code: "ERR_METHOD_IN_USE" });
  first[Symbol.dispose]();
  server.serve(echo, (request) => request);
});

test("the caller's trace context reaches the handler", async (t) => {
  const { client, server } = pair(t);
  server.serve(echo, (_, call) => call.trace ?? "none");
  t.is(await client.call("b", echo, "x", { trace: "00-aa-bb-01" }), "00-aa-bb-01");
  t.is(await client.call("b", echo, "x"), "none");
});

test("a retried call survives a loss, and is carried out once where that is asked for", async (t) => {
  for (const once of [true, false]) {
    const { a, b, client, server, clock } = pair(t);
    let carriedOut = 0;
    server.serve(echo, (request) => `${request} ${++carriedOut}`, { once });
    // The first answer finds no way back.
    b.connect("a", "memory://nowhere");
    const call = client.call("b", echo, "x", { retryMs: 100, timeoutMs: 1_000 });
    await travel();
    t.is(carriedOut, 1);
    b.connect("a", a.address);
    clock.pass(100);
    t.is(await call, once ? "x 1" : "x 2");
    t.is(carriedOut, once ? 1 : 2);
  }
});

test("a repeated call that is still being worked on is not begun again, nor a failure changed", async (t) => {
  const { client, server, clock } = pair(t);
  let begun = 0;
  let fail = (_: Error): void => {};
  server.serve(
    echo,
    () =>
      new Promise((_, reject) => {
        begun++;
        fail = reject;
      }),
    { once: true },
  );
  const call = t.throwsAsync(client.call("b", echo, "x", { retryMs: 10 }), { instanceOf: RemoteError });
  for (let i = 0; i < 5; i++) {
    await travel();
    clock.pass(10);
  }
  await travel();
  t.is(begun, 1);
  fail(Object.assign(new Error("no"), { code: "ERR_NO" }));
  t.is((await call)?.remoteCode, "ERR_NO");
});

test("the time to an answer is measured", async (t) => {
  const { client, server, clock } = pair(t);
  server.serve(echo, async (request) => {
    clock.pass(7);
    return request;
  });
  for (let i = 0; i < 20; i++) await client.call("b", echo, "x");
  t.is(client.metrics().roundTripMs, 7);
});

test("answers to another life's call, from another node, or given twice are nobody's", async (t) => {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const [a, b, c] = ["a", "b", "c"].map((id) => network.transport(id)) as [Transport, Transport, Transport];
  t.teardown(() => Promise.all([a, b, c].map((transport) => transport[Symbol.asyncDispose]())));
  a.connect("b", b.address);
  c.connect("a", a.address);
  const rpc = createRpc({ transport: a, clock });
  const road = b.open("rpc", envelopeCodec);
  const other = c.open("rpc", envelopeCodec);
  const say = (message: string) => ({ body: { codec: text as Codec<unknown>, message } });
  road.receive((_, { life, id }) => {
    road.send("a", envelope(kinds.response, life - 1, id, say("an earlier life's")));
    other.send("a", envelope(kinds.response, life, id, say("a stranger's")));
    setImmediate(() => {
      road.send("a", envelope(kinds.response, life, id, say("the right one")));
      road.send("a", envelope(kinds.response, life, id, say("the right one again")));
    });
  });
  t.is(await rpc.call("b", echo, "x"), "the right one");
  t.is(await rpc.call("b", echo, "y"), "the right one");
});
