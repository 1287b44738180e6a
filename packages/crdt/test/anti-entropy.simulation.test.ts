import { World } from "@coterie/simulation";
import { bytesCodec } from "@coterie/transport";
import test from "ava";
import {
  type AntiEntropy,
  createAntiEntropy,
  createDocument,
  createText,
  documentSource,
  type SyncSource,
  sequenceSource,
} from "../src/index.ts";
import { type Nested, nested } from "./worlds/document-world.ts";

interface Node {
  readonly document: Nested;
  readonly exchange: AntiEntropy;
}

const ids = ["n1", "n2", "n3", "n4"];
const faulty = { loss: 0.25, duplicate: 0.1, reorder: 0.2 };

function worldOf(seed: number, forget: boolean, network = faulty): World<Node> {
  return new World<Node>({
    seed,
    nodes: ids,
    network,
    start(host) {
      const document = createDocument(nested, { replica: host.id, ...(forget ? { members: ids } : {}) });
      const channel = host.transport.open("documents", bytesCodec);
      const source = documentSource(document, { forget });
      const peers = ids.filter((id) => id !== host.id);
      const exchange = createAntiEntropy(host, { channel, source, peers, intervalMs: 200 });
      document.onChange(({ origin }) => origin === "local" && exchange.changed());
      return { document, exchange };
    },
  });
}

function edit(world: World<Node>, seed: number, at: number): void {
  const id = ids[(seed * 7 + at * 5) % 4]!;
  world.on(id, ({ document }) => {
    const item = document.root.at("kl"[at % 2]!);
    if (at % 5 === 0) document.root.delete("k");
    else if (at % 3 === 0) item.tags.add(`tag ${at % 4}`);
    else if (at % 7 === 0 && item.what.length > 0) item.what.remove(0, 1);
    else item.what.insert(at % (item.what.length + 1), `${at} `);
  });
}

const encodings = (world: World<Node>): string[] =>
  ids.map((id) => Buffer.from(world.node(id)!.document.encode()).toString("base64"));
const alike = (world: World<Node>): boolean => new Set(encodings(world)).size === 1;

for (const forget of [false, true])
  test(`documents converge under loss, duplication, reordering and partitions${forget ? ", forgetting as they go" : ""}`, async (t) => {
    let forgettings = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const world = worldOf(seed, forget);
      for (let at = 0; at < 40; at++) {
        const heal = at % 13 === 4 ? world.partition(["n1", "n2"], ["n3", "n4"]) : undefined;
        edit(world, seed, at);
        await world.runFor(at % 10 === 9 ? 8_000 : 60);
        heal?.();
      }
      t.true(await world.until(() => alike(world), 120_000), `seed ${seed}`);
      t.deepEqual(world.failures, []);
      forgettings += world.node("n1")!.document.version().epoch;
      for (const id of ids) t.is(world.node(id)!.document.pendingBytes, 0);
    }
    if (forget) t.true(forgettings > 8);
  });

test("own changes reach all peers at once, and nothing but short questions passes while nothing changes", async (t) => {
  const world = worldOf(1, false, { loss: 0, duplicate: 0, reorder: 0 });
  world.on("n1", ({ document }) => document.root.at("k").what.insert(0, "hello"));
  await world.runFor(50);
  t.true(alike(world));
  await world.runFor(2_000);
  const before = world.node("n1")!.exchange.metrics();
  await world.runFor(10_000);
  const after = world.node("n1")!.exchange.metrics();
  t.is(after.applied, before.applied);
  t.is(after.timeouts, 0);
  t.true(after.sent! - before.sent! < 200);
});

test("a silent peer is asked less and less, and heard again when it comes back", async (t) => {
  const world = worldOf(3, false, { loss: 0, duplicate: 0, reorder: 0 });
  const heal = world.partition(["n1"], ["n2", "n3", "n4"]);
  world.on("n1", ({ document }) => document.root.at("k").what.insert(0, "alone"));
  await world.runFor(30_000);
  const { timeouts, asked } = world.node("n1")!.exchange.metrics();
  t.true(timeouts! > 0);
  await world.runFor(30_000);
  t.true(world.node("n1")!.exchange.metrics().asked! - asked! < asked!);
  heal();
  t.true(await world.until(() => alike(world), 60_000));
});

/** A pair of sources with a road in between that the test delivers on by hand. */
function byHand(
  sources: readonly [SyncSource, SyncSource],
  bounds: { readonly messageBytesMax?: number; readonly partBytes?: number } = {},
) {
  const flying: { readonly to: number; readonly message: Uint8Array }[] = [];
  const receivers: ((from: string, message: Uint8Array) => void)[] = [];
  const wakes: { at: number; fn: () => void }[] = [];
  let now = 0;
  const exchanges = sources.map((source, at) =>
    createAntiEntropy(
      {
        clock: {
          now: () => now,
          wake(due, fn) {
            const wake = { at: due, fn };
            wakes.push(wake);
            return () => wakes.splice(wakes.indexOf(wake), 1);
          },
        },
        random: { float: () => 0.5 },
      },
      {
        channel: {
          send: (_, message) => flying.push({ to: 1 - at, message }) > 0,
          receive: (receiver) => receivers.push(receiver),
        },
        source,
        peers: [String(1 - at)],
        ...bounds,
        onForgotten: () => told.push(at),
      },
    ),
  );
  const told: number[] = [];
  const run = (untilMs: number): void => {
    for (;;) {
      for (const { to, message } of flying.splice(0)) receivers[to]!(String(1 - to), message);
      if (flying.length > 0) continue;
      wakes.sort((a, b) => a.at - b.at);
      if (wakes.length === 0 || wakes[0]!.at > untilMs) break;
      const wake = wakes.shift()!;
      now = wake.at;
      wake.fn();
    }
    now = untilMs;
  };
  return { exchanges, receivers, told, run };
}

test("texts are brought together as well", (t) => {
  const [ann, bob] = [createText({ replica: "ann" }), createText({ replica: "bob" })];
  ann.insert(0, "hello");
  bob.insert(0, "world");
  const { run, exchanges } = byHand([sequenceSource(ann), sequenceSource(bob)]);
  run(5_000);
  t.is(ann.toString(), bob.toString());
  t.is(ann.length, 10);
  for (const exchange of exchanges) exchange[Symbol.dispose]();
});

test("who lacks what was forgotten is told so", (t) => {
  const members = ["ann", "friend"];
  const [ann, friend] = members.map((replica) => createDocument(nested, { replica, members }));
  ann!.root.at("k").what.insert(0, "x");
  friend!.apply(ann!.takeUpdate()!);
  ann!.observe("friend", friend!.version());
  t.true(ann!.forget());
  const late = createDocument(nested, { replica: "late" });
  const { run, told, exchanges } = byHand([documentSource(ann!), documentSource(late)]);
  run(5_000);
  t.true(told.includes(1));
  t.false(told.includes(0));
  t.true(exchanges[0]!.metrics().forgotten! > 0);
});

test("messages are bounded, and bad ones are counted and change nothing", (t) => {
  const [ann, bob] = [createDocument(nested, { replica: "ann" }), createDocument(nested, { replica: "bob" })];
  ann.root.at("k").what.insert(0, "x".repeat(1_000));
  const { run, exchanges, receivers } = byHand([documentSource(ann), documentSource(bob)], {
    messageBytesMax: 500,
  });
  run(10_000);
  t.is(bob.root.size, 0);
  t.true(exchanges[0]!.metrics().oversized! > 0);
  t.true(exchanges[0]!.metrics().oversized! < 100, "and it is not tried without end");
  const before = bob.encode();
  for (let kind = 0; kind < 8; kind++)
    for (const body of [[], [1, 2, 3], [0xc7, 1, 0, 0, 0, 0, 0, 0]])
      receivers[1]!("0", Uint8Array.from([0xd0, 0xca, kind, ...body]));
  receivers[1]!("0", new Uint8Array(0));
  receivers[1]!("stranger", Uint8Array.from([0xd0, 0xca, 1]));
  t.deepEqual(bob.encode(), before);
  t.true(exchanges[1]!.metrics().refused! >= 18);
  t.is(exchanges[1]!.metrics().malformed, 1);
});

test("an update that is longer than a message may be travels in parts, and is not asked for twice", (t) => {
  const [ann, bob] = [createText({ replica: "ann" }), createText({ replica: "bob" })];
  ann.insert(0, "x".repeat(100_000));
  const { run, exchanges } = byHand([sequenceSource(ann), sequenceSource(bob)], { partBytes: 1_000 });
  run(5_000);
  t.is(bob.length, 100_000);
  const { longSent, partsSent } = exchanges[0]!.metrics();
  t.is(longSent, 1);
  t.true(partsSent! < 110);
});

test("a document of 20 MiB reaches all over a network that loses a tenth, from one peer each", async (t) => {
  const long = "0123456789abcdef".repeat((20 << 20) / 16);
  const world = new World<Node>({
    seed: 11,
    nodes: ids.slice(0, 3),
    network: { loss: 0.1, duplicate: 0.02, reorder: 0.05, bytesPerMs: 10_000 },
    start(host) {
      const document = createDocument(nested, { replica: host.id });
      const exchange = createAntiEntropy(host, {
        channel: host.transport.open("documents", bytesCodec, { lane: "bulk" }),
        source: documentSource(document),
        peers: ids.slice(0, 3).filter((id) => id !== host.id),
      });
      if (host.id === "n1") document.root.at("k").what.insert(0, long);
      return { document, exchange };
    },
  });
  const whats = () => ["n2", "n3"].map((id) => world.node(id)?.document.root.at("k").what);
  t.true(await world.until(() => whats().every((what) => what?.length === long.length), 120_000));
  for (const what of whats()) t.true(what?.toString() === long);
  await world.runFor(20_000);
  t.deepEqual(world.failures, []);
  let parts = 0;
  for (const id of ["n1", "n2", "n3"]) {
    const metrics = world.node(id)!.exchange.metrics();
    parts += metrics.partsSent!;
    t.is(metrics.heldBytes, 0);
  }
  // 320 parts to each of the two, and what was lost or doubled.
  t.true(parts < 1.5 * 640, `${parts} parts`);
});
