import { spawnSync } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createZmqTransport, type LinkChange } from "@coterie/transport";
import test from "ava";
import { bytes } from "../src/contract/codecs.ts";
import { Counters } from "../src/metrics.ts";
import { Outbox, outboxLimits } from "../src/outbox.ts";
import { channelId } from "../src/wire/frame.ts";
import { reachTwoLives } from "./support/lives.ts";
import { text } from "./support/text.ts";
import { listenOnLoopback, stranger, until } from "./support/zmq.ts";

function frame(channel: string, message: string): Buffer {
  const outbox = new Outbox(outboxLimits({}));
  const open = {
    name: channel,
    id: channelId(channel),
    codec: text,
    lane: "control",
    droppable: false,
    lend: false,
  } as const;
  outbox.push(open, message, new Counters());
  return outbox.take()!.bytes;
}

test("a port in use is said when the transport is made, with its address", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.teardown(() => server.close());
  const listen = `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
  const error = await t.throwsAsync(createZmqTransport({ id: "a", listen }), { code: "ERR_ADDRESS_IN_USE" });
  t.true(error?.message.includes(listen));
  t.truthy(error?.cause);
});

test("the address of a closed transport is free again", async (t) => {
  let listen = "tcp://127.0.0.4:*";
  for (let i = 0; i < 10; i++) {
    const a = await createZmqTransport({ id: "a", listen });
    listen = a.address;
    await a[Symbol.asyncDispose]();
  }
  t.pass();
});

test("bad options are refused by name", async (t) => {
  const listen = "tcp://127.0.0.1:*";
  const refused = (options: object, code: string) =>
    t.throwsAsync(createZmqTransport({ id: "a", listen, ...options }), { code });
  await refused({ id: "two words" }, "ERR_INVALID_NODE_ID");
  await refused({ listen: "http://127.0.0.1:80" }, "ERR_INVALID_ADDRESS");
  await refused({ listen: "tcp://127.0.0.1:99999" }, "ERR_INVALID_ADDRESS");
  await refused({ listen: "tcp://192.0.2.1:*" }, "ERR_INSECURE_ADDRESS");
  await refused({ listen: "tcp://192.0.2.1:*", insecure: true }, "ERR_INVALID_ADDRESS");
  await refused({ listen: "tcp://0.0.0.0:*" }, "ERR_INVALID_OPTION");
  await refused({ outboxBytesMax: 0 }, "ERR_INVALID_OPTION");
  await refused({ epoch: 1.5 }, "ERR_INVALID_OPTION");
  const a = await listenOnLoopback(t, "a");
  for (const address of ["tcp://127.0.0.1:0", "tcp://127.0.0.1:*", "tcp://0.0.0.0:1", "nonsense", "tcp://x"])
    t.throws(() => a.connect("b", address), { code: "ERR_INVALID_ADDRESS" }, address);
});

test("frames that cannot be read are counted, and the good ones between them arrive", async (t) => {
  const a = await listenOnLoopback(t, "a", { recordBytesMax: 1_000, frameBytesTarget: 1_000 });
  const heard: string[] = [];
  a.open("text", text).receive((_, message) => heard.push(message));
  const peer = stranger(t, "cb#1>a@tcp://127.0.0.1:9", a.address);
  await peer.send(frame("text", "one"));
  await peer.send("neither magic nor version");
  await peer.send(["two", "parts"]);
  await peer.send(Buffer.alloc(0));
  await peer.send(frame("text", "two").subarray(0, 9));
  await peer.send(Buffer.alloc(7_000));
  await peer.send(frame("text", "three"));
  const noIdentity = stranger(t, "who is this", a.address);
  await noIdentity.send(frame("text", "nobody's"));
  await until(t, () => heard.length === 2 && a.metrics().malformed === 5, "good and bad are told apart");
  t.deepEqual(heard, ["one", "three"]);
  t.is(a.metrics().oversized, 1);
});

test("a frame far beyond the bound costs its sender the connection, not the receiver its memory", async (t) => {
  const a = await listenOnLoopback(t, "a", { recordBytesMax: 1_000, frameBytesTarget: 1_000 });
  const heard: string[] = [];
  a.open("text", text).receive((_, message) => heard.push(message));
  const peer = stranger(t, "cb#1>a@tcp://127.0.0.1:9", a.address);
  await peer.send(Buffer.alloc(1_000_000));
  const other = stranger(t, "cc#1>a@tcp://127.0.0.1:9", a.address);
  await other.send(frame("text", "still here"));
  await until(t, () => heard.length === 1, "others are served");
  t.is(a.metrics().framesReceived, 1);
});

test("an earlier life of a peer is fenced off once the later one was heard", async (t) => {
  const a = await listenOnLoopback(t, "a");
  const heard: string[] = [];
  a.open("text", text).receive((_, message) => heard.push(message));
  const old = stranger(t, "cb#1>a@tcp://127.0.0.1:9", a.address);
  await old.send(frame("text", "first life"));
  await until(t, () => heard.length === 1, "the first life is heard");
  const reborn = stranger(t, "cb#2>a@tcp://127.0.0.1:9", a.address);
  await reborn.send(frame("text", "second life"));
  await until(t, () => heard.length === 2, "the second life is heard");
  await old.send(frame("text", "zombie"));
  const zombie = stranger(t, "bb#1>a@tcp://127.0.0.1:9", a.address);
  await zombie.send(frame("text", "zombie on another lane"));
  await until(t, () => a.metrics().fenced === 2, "zombies are counted");
  t.deepEqual(heard, ["first life", "second life"]);
});

test("nobody else speaks in this node's name, and frames for another node are refused", async (t) => {
  const a = await listenOnLoopback(t, "a");
  const heard: string[] = [];
  a.open("text", text).receive((_, message) => heard.push(message));
  await stranger(t, "ca#9>a@tcp://127.0.0.1:9", a.address).send(frame("text", "I am you"));
  await stranger(t, "cb#1>c@tcp://127.0.0.1:9", a.address).send(frame("text", "for c"));
  await until(t, () => a.metrics().fenced === 1 && a.metrics().misdirected === 1, "both are counted");
  t.deepEqual(heard, []);
});

test("a full outbox refuses, droppable records first, and says when there is room", async (t) => {
  const a = await listenOnLoopback(t, "a", { outboxRecordsMax: 100, lingerMs: 0 });
  const gossip = a.open("gossip", text, { droppable: true });
  const votes = a.open("votes", text);
  // Nobody listens there yet: everything waits. No other test takes a port of this interface meanwhile.
  const b = await listenOnLoopback(t, "b", { listen: "tcp://127.0.0.2:*" });
  const { address } = b;
  await b[Symbol.asyncDispose]();
  a.connect("b", address);
  let droppable = 0;
  while (gossip.send("b", "rumour")) droppable++;
  let kept = 0;
  while (votes.send("b", "vote")) kept++;
  t.is(droppable, 75);
  t.is(kept, 25);
  t.is(a.metrics().droppedOutboxFull, 2);
  const waiting = votes.drained("b");
  const again = await listenOnLoopback(t, "b", { listen: address });
  await waiting;
  t.true(votes.send("b", "at last"));
  a.disconnect("b");
  t.false(votes.send("b", "gone"));
  await again[Symbol.asyncDispose]();
});

test("the frame that a message was borrowed from is given back, the one that a receiver keeps is not", async (t) => {
  const a = await listenOnLoopback(t, "a");
  const b = await listenOnLoopback(t, "b");
  a.connect("b", b.address);
  const heard = new Map<boolean, Uint8Array>();
  for (const borrow of [true, false]) {
    const name = `borrow ${borrow}`;
    b.open(name, bytes, { borrow }).receive((_, message) => {
      t.is(message.length, 1_000);
      heard.set(borrow, message);
    });
    a.open(name, bytes).send("b", new Uint8Array(1_000));
    await until(t, () => heard.has(borrow), "it arrives");
  }
  await until(t, () => heard.get(true)!.length === 0, "what was borrowed is gone");
  t.is(heard.get(false)!.length, 1_000);
});

test("a record beyond its bound is refused where it is sent", async (t) => {
  const a = await listenOnLoopback(t, "a", { recordBytesMax: 100 });
  const channel = a.open("text", text);
  t.false(channel.send("a", "x".repeat(100)));
  t.true(channel.send("a", "x".repeat(90)));
  t.is(a.metrics().droppedOversized, 1);
});

test("peers beyond the bound are not taken in", async (t) => {
  const a = await listenOnLoopback(t, "a", { peersMax: 1 });
  const channel = a.open("text", text);
  a.connect("b", "tcp://127.0.0.1:9");
  a.connect("c", "tcp://127.0.0.1:9");
  t.false(channel.send("c", "hello"));
  t.is(a.metrics().refusedPeers, 1);
  a.disconnect("b");
  a.connect("c", "tcp://127.0.0.1:9");
  t.true(channel.send("c", "hello"));
});

test("more peers than links are all reached, through links that come and go", async (t) => {
  const a = await listenOnLoopback(t, "a", { linksMax: 3 });
  const ids = Array.from({ length: 9 }, (_, i) => `peer-${i}`);
  const heard = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const id of ids) {
    const peer = await listenOnLoopback(t, id);
    peer.open("text", text).receive((_, message) => heard.get(id)!.push(message));
    a.connect(id, peer.address);
  }
  const channel = a.open("text", text);
  for (const round of ["one", "two"]) {
    for (const id of ids) {
      t.true(channel.send(id, round));
      await until(t, () => heard.get(id)!.at(-1) === round, `${id} is reached`);
      t.true(a.metrics().links! <= 3);
    }
  }
  t.deepEqual(
    [...heard.values()],
    ids.map(() => ["one", "two"]),
  );
});

test("links that come and go leave no socket behind", async (t) => {
  const a = await listenOnLoopback(t, "a", { linksMax: 1 });
  const channel = a.open("text", text);
  // A context has room for some 4,400 sockets here: with one left behind by each link there would soon be none to have,
  // however long one waits. ZeroMQ ends sockets on a thread of its own, which may have to be waited for.
  for (let i = 0; i < 4_500; i++) {
    a.connect("b", "tcp://127.0.0.1:9");
    if (!channel.send("b", "hello"))
      await until(t, () => channel.send("b", "hello"), `link ${i} is to be had`);
    a.disconnect("b");
    if (i % 50 === 0) await sleep(1);
  }
  t.pass();
});

test("a link that breaks is made again, and what waits is sent then", async (t) => {
  const a = await reachTwoLives(t, listenOnLoopback, "tcp://127.0.0.3:*");
  t.true(a.metrics().reconnects! >= 1);
});

test("a half-open link is found by its heartbeat, and made again", async (t) => {
  // A thread that is kept waiting for its turn must not look like a wire that is cut.
  const heartbeat = { heartbeatIntervalMs: 250, heartbeatTimeoutMs: 1_500, reconnectMs: 10 };
  // The names are of this test alone: all tests of this process publish on one diagnostics channel.
  const a = await listenOnLoopback(t, "near", heartbeat);
  const b = await listenOnLoopback(t, "far", heartbeat);
  const heard: string[] = [];
  b.open("text", text).receive((_, message) => heard.push(message));
  // Between them a wire that can fall silent without closing, as when a cable is pulled.
  const wires: Socket[] = [];
  const proxy = createServer((near) => {
    const far = connect(Number(b.address.split(":").at(-1)), "127.0.0.1");
    wires.push(near, far);
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.teardown(() => {
    for (const wire of wires) wire.destroy();
    proxy.close();
  });
  const changes: LinkChange[] = [];
  const note = (change: unknown) => void changes.push(change as LinkChange);
  diagnostics.subscribe("coterie:transport:link", note);
  a.connect("far", `tcp://127.0.0.1:${(proxy.address() as { port: number }).port}`);
  const channel = a.open("text", text);
  // With heartbeats as short as these a stalled process finds a link half-open, too: what was on it is lost.
  await until(t, () => channel.send("far", "one") && heard.length > 0, "the wire works");
  for (const wire of wires) {
    wire.unpipe();
    wire.pause();
  }
  await until(t, () => channel.send("far", "again") && heard.at(-1) === "again", "a new wire works");
  t.true(a.metrics().reconnects! >= 1);
  diagnostics.unsubscribe("coterie:transport:link", note);
  const ups = changes.filter(({ node, peer }) => node === "near" && peer === "far").map(({ up }) => up);
  t.deepEqual(ups.slice(0, 3), [true, false, true]);
});

test("a process that closes its transport exits, though a peer never took what it was sent", (t) => {
  const script = `
    import { createZmqTransport, jsonCodec } from "@coterie/transport";
    const a = await createZmqTransport({ id: "a", listen: "tcp://127.0.0.1:*", lingerMs: 100 });
    a.connect("b", "tcp://127.0.0.5:9");
    const channel = a.open("x", jsonCodec());
    for (let i = 0; i < 1000; i++) channel.send("b", "nobody takes this");
    await a[Symbol.asyncDispose]();
    console.log(a.metrics().droppedLinkClosed);
  `;
  const { stdout, status, signal } = spawnSync(
    process.execPath,
    ["--conditions=@coterie/source", "--input-type=module", "--eval", script],
    { encoding: "utf8", timeout: 60_000 },
  );
  t.deepEqual({ stdout, status, signal }, { stdout: "1000\n", status: 0, signal: null });
});
