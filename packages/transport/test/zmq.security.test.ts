import diagnostics from "node:diagnostics_channel";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createRpc,
  generateKeys,
  type KeyPair,
  type Refusal,
  systemClock,
  type ZmqTransportOptions,
} from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { Dealer } from "zeromq";
import { LinkKind } from "../src/gen/link.ts";
import { Counters } from "../src/metrics.ts";
import { Outbox, outboxLimits } from "../src/outbox.ts";
import { channelId } from "../src/wire/frame.ts";
import { toZ85 } from "../src/zmq/keys.ts";
import { linkFrame } from "../src/zmq/proof.ts";
import { reachTwoLives } from "./support/lives.ts";
import { text, textMethod } from "./support/text.ts";
import { listenOnLoopback, until } from "./support/zmq.ts";

const refusals: Refusal[] = [];
diagnostics.subscribe("coterie:transport:refused", (message) => refusals.push(message as Refusal));

/** Keys for some nodes, who all know each other's. */
function keyring(...ids: string[]) {
  const keys = new Map(ids.map((id) => [id, generateKeys()]));
  const peers = new Map([...keys].map(([id, { publicKey }]) => [id, publicKey]));
  const node = (t: ExecutionContext, id: string, options: Partial<ZmqTransportOptions> = {}) =>
    listenOnLoopback(t, id, { security: { ...keys.get(id)!, peers }, ...options });
  return { keys, peers, node };
}

function record(message: string): Buffer {
  const outbox = new Outbox(outboxLimits({}));
  const open = {
    name: "text",
    id: channelId("text"),
    codec: text,
    lane: "control",
    droppable: false,
    lend: false,
  } as const;
  outbox.push(open, message, new Counters());
  return outbox.take()!.bytes;
}

/** A bare socket with a key of its own, which claims to be whom it likes. */
function hostile(
  t: ExecutionContext,
  routingId: string,
  address: string,
  key?: KeyPair,
  serverKey?: string,
): Dealer {
  const curve = key && {
    curvePublicKey: key.publicKey,
    curveSecretKey: key.secretKey,
    curveServerKey: serverKey!,
  };
  const dealer = new Dealer({ routingId, linger: 0, ...curve });
  dealer.connect(address);
  t.teardown(() => dealer.close());
  return dealer;
}

const nonce = "n".repeat(22);

test("nodes that know each other's keys talk in both directions, on both lanes", async (t) => {
  const { node } = keyring("a", "b");
  const [a, b] = [await node(t, "a"), await node(t, "b")];
  a.connect("b", b.address);
  const clock = systemClock();
  const echo = textMethod("test/Echo");
  createRpc({ transport: b, clock }).serve(echo, (request, call) => `${call.from} says ${request}`);
  const rpc = createRpc({ transport: a, clock });
  t.is(await rpc.call("b", echo, "hello"), "a says hello");
  const heard: string[] = [];
  b.open("bulk", text, { lane: "bulk" }).receive((from, message) => heard.push(`${from} ${message}`));
  a.open("bulk", text, { lane: "bulk" }).send("b", "cargo");
  await until(t, () => heard.length > 0, "the bulk lane works");
  t.deepEqual(heard, ["a cargo"]);
  t.is(b.metrics().unproven, 0);
  rpc[Symbol.dispose]();
});

test("a peer that starts again is asked again, and reached", async (t) => {
  await reachTwoLives(t, keyring("a", "b").node, "tcp://127.0.0.4:*");
});

test("an unknown key and a peer without encryption are refused, counted and reported once", async (t) => {
  const { keys, node } = keyring("a");
  const a = await node(t, "a");
  a.open("text", text).receive(() => t.fail());
  const unknown = generateKeys();
  const serverKey = keys.get("a")!.publicKey;
  for (const id of ["b", "c"]) {
    const intruder = hostile(t, `c${id}#1>a@tcp://127.0.0.1:9!${nonce}`, a.address, unknown, serverKey);
    void intruder.send(record("let me in")).catch(() => undefined);
  }
  const plain = hostile(t, "cb#1>a@tcp://127.0.0.1:9", a.address);
  void plain.send(record("in the clear")).catch(() => undefined);
  // An intruder tries again and again.
  await until(t, () => a.metrics().refusedKeys! >= 2, "the key is refused each time");
  await until(t, () => a.metrics().refusedHandshakes! > 0, "the plaintext peer is refused");
  t.is(refusals.filter(({ who }) => who === unknown.publicKey).length, 1);
  t.is(a.metrics().framesReceived, 0);
});

test("an admitted node cannot speak as another, nor with a token that it made up", async (t) => {
  const { keys, node } = keyring("a", "b", "mallory");
  const [a, b] = [await node(t, "a"), await node(t, "b")];
  const heard: string[] = [];
  b.open("text", text).receive((from, message) => heard.push(`${from} ${message}`));
  a.connect("b", b.address);
  b.connect("a", a.address);
  const channel = a.open("text", text);
  channel.send("b", "one");
  await until(t, () => heard.length === 1, "a is heard");

  const serverKey = keys.get("b")!.publicKey;
  const epoch = Date.now().toString(36);
  const mallory = hostile(
    t,
    `ca#${epoch}>b@${a.address}!${nonce}`,
    b.address,
    keys.get("mallory")!,
    serverKey,
  );
  await mallory.send(record("before hello"));
  await mallory.send(linkFrame(LinkKind.HELLO));
  await mallory.send(record("after hello"));
  await mallory.send(linkFrame(LinkKind.PROOF, "", "t".repeat(22)));
  await mallory.send(record("after a proof"));
  await until(t, () => b.metrics().unproven === 4, "each is counted");
  await until(t, () => a.metrics().strangeChallenges === 1, "the real a is asked, and knows of no such link");
  const reports = refusals.filter(({ reason, who }) => reason === "unproven" && who === `a ${a.address}`);
  t.is(reports.length, 1);
  channel.send("b", "two");
  await until(t, () => heard.length === 2, "the real a is still heard");
  t.deepEqual(heard, ["a one", "a two"]);
});

test("a claim with a later epoch does not fence off the real node", async (t) => {
  const { keys, node } = keyring("a", "b", "mallory");
  const [a, b] = [await node(t, "a", { epoch: 5 }), await node(t, "b")];
  const heard: string[] = [];
  b.open("text", text).receive((from, message) => heard.push(`${from} ${message}`));
  const mallory = hostile(
    t,
    `ca#zzzzzz>b@tcp://127.0.0.1:9!${nonce}`,
    b.address,
    keys.get("mallory")!,
    keys.get("b")!.publicKey,
  );
  await mallory.send(linkFrame(LinkKind.HELLO));
  await mallory.send(record("I am the later a"));
  await until(t, () => b.metrics().unproven === 1, "the claim is refused");
  a.connect("b", b.address);
  a.open("text", text).send("b", "here I am");
  await until(
    t,
    () => heard.length === 1,
    "the real a is heard, though its address was claimed to be another",
  );
  t.deepEqual(heard, ["a here I am"]);
});

test("what was meant for one node does not go to another that listens at its address", async (t) => {
  const { node } = keyring("a", "b", "mallory");
  const a = await node(t, "a", { lingerMs: 0 });
  const mallory = await node(t, "mallory");
  mallory.open("text", text).receive(() => t.fail());
  a.connect("b", mallory.address);
  a.open("text", text).send("b", "for b alone");
  await sleep(300);
  t.is(mallory.metrics().framesReceived, 0);
  t.is(a.metrics().recordsSent, 0);
});

test("security is asked for where others can connect, and keys are checked", async (t) => {
  await t.throwsAsync(listenOnLoopback(t, "a", { listen: "tcp://10.0.0.1:*" }), {
    code: "ERR_INSECURE_ADDRESS",
  });
  const { keys, peers, node } = keyring("a");
  const broken = { ...keys.get("a")!, secretKey: "short", peers };
  await t.throwsAsync(listenOnLoopback(t, "a", { security: broken }), { code: "ERR_INVALID_OPTION" });
  const a = await node(t, "a");
  t.throws(() => a.connect("stranger", "tcp://127.0.0.1:9"), { code: "ERR_UNKNOWN_KEY" });
});

test("Z85 is that of ZeroMQ's RFC 32", (t) => {
  t.is(toZ85(Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b)), "HelloWorld");
});
