import { type NetworkModel, World } from "@coterie/simulation";
import { bytesCodec } from "@coterie/transport";
import test from "ava";
import fc from "fast-check";
import { createLongMessages, type LongMessages, type LongMessagesOptions } from "../src/index.ts";
import { encodeFrame, type Frame } from "../src/sync/long/frames.ts";

interface Node {
  readonly road: LongMessages;
  readonly received: Uint8Array[];
}

const small: LongMessagesOptions = { partBytes: 100, messageBytesMax: 100_000 };

function worldOf(seed: number, network: Partial<NetworkModel>, options = small): World<Node> {
  return new World<Node>({
    seed,
    nodes: ["a", "b"],
    network,
    start(host) {
      const road = createLongMessages(
        host,
        host.transport.open("long", bytesCodec, { lane: "bulk" }),
        options,
      );
      const received: Uint8Array[] = [];
      road.receive((_, message) => received.push(Uint8Array.from(message)));
      return { road, received };
    },
  });
}

/** Bytes that differ from place to place, so that parts in the wrong places would show. */
function bytesOf(length: number, salt = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8) + salt) & 0xff);
}

test("a message of any length arrives whole and once, over a road that loses, doubles and reorders", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1_000_000),
      fc.constantFrom(0, 1, 99, 100, 101, 200, 3_200, 3_201, 3_300, 20_000),
      fc.constantFrom(0, 0.1, 0.4),
      async (seed, length, fault) => {
        const world = worldOf(seed, { loss: fault, duplicate: fault, reorder: fault });
        await world.runFor(1);
        const message = bytesOf(length);
        // What is not cut into parts is sent once, as by the road below.
        const attempts = length > 100 ? 1 : 200;
        for (let n = 0; n < attempts; n++) world.on("a", ({ road }) => road.send("b", message));
        const arrived = await world.until(() => world.node("b")!.received.length > 0, 60_000);
        t.true(arrived, `${length} bytes, seed ${seed}`);
        await world.runFor(30_000);
        const { road, received } = world.node("b")!;
        if (length > 100) t.is(received.length, 1);
        for (const each of received) t.deepEqual(each, message);
        t.is(road.metrics().heldBytes, 0);
        t.false(world.node("a")!.road.sending("b"));
        t.deepEqual(world.failures, []);
      },
    ),
    { numRuns: 60 },
  );
});

test("on a road without faults each part goes once", async (t) => {
  const world = worldOf(1, {});
  await world.runFor(1);
  world.on("a", ({ road }) => road.send("b", bytesOf(50_000)));
  t.true(await world.until(() => world.node("b")!.received.length === 1, 10_000));
  await world.runFor(10_000);
  const { partsSent, partsRepeated, longSent } = world.node("a")!.road.metrics();
  t.deepEqual({ partsSent, partsRepeated, longSent }, { partsSent: 500, partsRepeated: 0, longSent: 1 });
});

test("a narrow road is found out: it is not filled with what is sent again", async (t) => {
  // A part takes half a second, twice the while after which the first would be sent again.
  const world = worldOf(2, { bytesPerMs: 0.3 });
  await world.runFor(1);
  world.on("a", ({ road }) => road.send("b", bytesOf(10_000)));
  t.true(await world.until(() => world.node("b")!.received.length === 1, 600_000));
  t.true(world.node("a")!.road.metrics().partsSent! < 200, "100 parts, and less than as many again");
});

test("one long message to a peer at a time; short ones pass it", async (t) => {
  const world = worldOf(3, {});
  await world.runFor(1);
  world.on("a", ({ road }) => {
    t.true(road.send("b", bytesOf(50_000)));
    t.true(road.sending("b"));
    t.false(road.send("b", bytesOf(60_000)));
    t.true(road.send("b", bytesOf(10)));
  });
  t.true(await world.until(() => world.node("b")!.received.length === 2, 10_000));
  t.deepEqual(
    world.node("b")!.received.map(({ length }) => length),
    [10, 50_000],
  );
  await world.runFor(100);
  t.false(world.node("a")!.road.sending("b"));
});

test("who crashes in the middle gets the message anew, and who crashes in sending sends another", async (t) => {
  for (const whom of ["a", "b"]) {
    const world = worldOf(4, { bytesPerMs: 10 });
    await world.runFor(1);
    world.on("a", ({ road }) => road.send("b", bytesOf(50_000)));
    await world.runFor(2_000);
    t.true(world.node("b")!.road.receiving());
    world.crash(whom);
    world.start(whom);
    await world.runFor(1);
    if (whom === "a") world.on("a", ({ road }) => road.send("b", bytesOf(40_000, 1)));
    t.true(await world.until(() => world.node("b")!.received.length === 1, 60_000), whom);
    const { road, received } = world.node("b")!;
    t.deepEqual(received[0], whom === "a" ? bytesOf(40_000, 1) : bytesOf(50_000));
    t.is(road.metrics().heldBytes, 0);
  }
});

test("who is silent is given up, on both sides", async (t) => {
  const world = worldOf(5, { bytesPerMs: 10 });
  await world.runFor(1);
  world.on("a", ({ road }) => road.send("b", bytesOf(50_000)));
  await world.runFor(2_000);
  world.partition(["a"], ["b"]);
  t.true(world.node("b")!.road.metrics().heldBytes! > 0);
  await world.runFor(15_000);
  t.false(world.node("a")!.road.sending("b"));
  t.is(world.node("b")!.road.metrics().heldBytes, 0);
  t.false(world.node("b")!.road.receiving());
});

test("what is too long is refused on either side", async (t) => {
  const world = worldOf(6, {});
  await world.runFor(1);
  world.on("a", ({ road }) => t.false(road.send("b", bytesOf(100_001))));
  await world.runFor(1);
  t.is(world.node("a")!.road.metrics().oversized, 1);
  const unequal = new World<Node>({
    seed: 7,
    nodes: ["a", "b"],
    start(host) {
      const messageBytesMax = host.id === "a" ? 100_000 : 1_000;
      const channel = host.transport.open("long", bytesCodec);
      const road = createLongMessages(host, channel, { ...small, messageBytesMax });
      road.receive(() => t.fail());
      return { road, received: [] };
    },
  });
  await unequal.runFor(1);
  unequal.on("a", ({ road }) => t.true(road.send("b", bytesOf(5_000))));
  await unequal.runFor(100);
  t.is(unequal.node("a")!.road.metrics().longRefused, 1);
  t.is(unequal.node("a")!.road.metrics().sending, 0);
  t.is(unequal.node("b")!.road.metrics().heldBytes, 0);
});

/** One end of a road, with what it says in answer. */
function alone(options: LongMessagesOptions = small) {
  const said: Uint8Array[] = [];
  const received: Uint8Array[] = [];
  let hear: (from: string, message: Uint8Array) => void = () => {};
  let now = 0;
  const wakes = new Set<{ readonly at: number; readonly fn: () => void }>();
  const road = createLongMessages(
    {
      clock: {
        now: () => now,
        wake(at, fn) {
          const wake = { at, fn };
          wakes.add(wake);
          return () => wakes.delete(wake);
        },
      },
      random: { float: () => 0.5 },
    },
    { send: (_, message) => said.push(message) > 0, receive: (receiver) => (hear = receiver) },
    options,
  );
  road.receive((_, message) => received.push(message));
  const pass = (ms: number): void => {
    now += ms;
    for (const wake of [...wakes]) if (wake.at <= now && wakes.delete(wake)) wake.fn();
  };
  return {
    road,
    said,
    received,
    pass,
    hear: (message: Uint8Array, from = "evil") => hear(from, message),
    hearFrame: (frame: Frame, from = "evil") => hear(from, encodeFrame(frame)),
  };
}

const part = (number: number, length: number, size: number, index: number): Frame => ({
  kind: "part",
  id: { life: 1, number },
  length,
  size,
  index,
  bytes: new Uint8Array(Math.max(0, Math.min(size, length - size * index))),
});

test("what a part announces costs nothing; what is kept is bounded, and goes", (t) => {
  const heldBytesMax = 20_000;
  const { road, hearFrame, pass, received } = alone({ ...small, heldBytesMax });
  const held = (): number => road.metrics().heldBytes!;
  hearFrame(part(0, 99_999, 1, 31));
  t.true(held() < 1_000);
  hearFrame(part(0, 99_999, 1, 32));
  hearFrame(part(0, 99_999, 1, 90_000));
  t.true(held() < 1_000, "beyond the window nothing is kept");
  // Many peers, each with parts of one byte, of many bytes, in and out of order, of ever new messages.
  for (let n = 0; n < 20_000; n++) {
    hearFrame(part(n % 9, 90_000, 1 + (n % 3) * 2_000, n % 32), `peer ${n % 50}`);
    t.true(held() <= heldBytesMax);
  }
  t.true(held() > 0);
  for (let n = 0; n < 50; n++) pass(250);
  t.is(held(), 0);
  t.deepEqual(received, []);
});

test("a process that stood still takes nobody for silent", (t) => {
  const { road, hear, hearFrame, pass, said, received } = alone();
  road.send("evil", bytesOf(1_000));
  hearFrame(part(0, 1_000, 100, 0));
  // Both are heard again as soon as the process goes on, but its clock is seen first.
  pass(60_000);
  t.true(road.sending("evil"));
  for (let index = 1; index < 10; index++) hearFrame(part(0, 1_000, 100, index));
  t.is(received.length, 1);
  const id = { life: 2 ** 31, number: 0 };
  hear(encodeFrame({ kind: "have", id, base: 10, mask: 0 }));
  t.is(road.metrics().longSent, 1);
  t.true(said.length < 40);
});

test("bad frames are counted, and never make a message", (t) => {
  const { road, hear, hearFrame, received, said } = alone();
  const good = encodeFrame(part(3, 1_000, 100, 9));
  for (let length = 0; length < good.length; length++) hear(good.subarray(0, length));
  for (const frame of [part(0, 0, 0, 0), part(0, 100, 0, 5), part(0, 1_000, 100, 10)]) hearFrame(frame);
  hear(Uint8Array.of(...good, 0));
  const malformed = road.metrics().malformed!;
  t.true(malformed >= good.length);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      // Not a whole message, which may be anything.
      if (bytes[0] !== 0xd0) hear(bytes);
    }),
    { numRuns: 5_000 },
  );
  // Answers to what was never sent, or says that more is there than was sent.
  road.send("evil", new Uint8Array(1_000));
  const id = { life: 2 ** 31, number: 0 };
  hearFrame({ kind: "have", id, base: 11, mask: 0 });
  hearFrame({ kind: "have", id: { ...id, number: 5 }, base: 10, mask: 0 });
  hearFrame({ kind: "have", id, base: Number.MAX_SAFE_INTEGER, mask: 0xffffffff });
  t.true(road.sending("evil"));
  t.true(said.length < 1_000);
  t.deepEqual(received, []);
});

test("parts of two messages never make one", (t) => {
  const { hearFrame, received } = alone();
  for (const number of [1, 2, 1, 2, 1])
    for (let index = 0; index < 9; index++) hearFrame(part(number, 1_000, 100, index));
  t.deepEqual(received, []);
  hearFrame(part(1, 1_000, 100, 9));
  t.deepEqual(received, [], "a message before the one that is arriving");
  // The same name, but another length: it would not fit.
  hearFrame(part(2, 900, 100, 8));
  hearFrame(part(2, 1_000, 50, 9));
  t.deepEqual(received, []);
  hearFrame(part(2, 1_000, 100, 9));
  t.is(received.length, 1);
  for (let index = 0; index < 10; index++) hearFrame(part(2, 1_000, 100, index));
  t.is(received.length, 1);
});

test("only those that are accepted are heard", (t) => {
  const { road, hearFrame, received } = alone({ ...small, accept: (from) => from === "friend" });
  hearFrame({ kind: "whole", bytes: Uint8Array.of(1) });
  hearFrame(part(1, 1_000, 100, 0));
  t.is(road.metrics().heldBytes, 0);
  hearFrame({ kind: "whole", bytes: Uint8Array.of(2) }, "friend");
  t.deepEqual(received, [Uint8Array.of(2)]);
});

test("bounds are checked", (t) => {
  for (const options of [
    { partBytes: 0 },
    { partBytes: 1.5 },
    { messageBytesMax: Number.NaN },
    { retryMs: 0 },
  ])
    t.throws(() => alone(options), { code: "CRDT_INVALID_ARGUMENT" });
});
