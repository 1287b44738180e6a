import test from "ava";
import fc from "fast-check";
import { Channels } from "../src/channels.ts";
import { Counters } from "../src/metrics.ts";
import { Outbox, outboxLimits } from "../src/outbox.ts";
import { envelope, envelopeCodec } from "../src/rpc/envelope.ts";
import { channelId } from "../src/wire/frame.ts";
import { parseIdentity } from "../src/wire/identity.ts";
import { text } from "./support/text.ts";

/** Channels that receive texts and envelopes, and remember what they heard. */
function listening() {
  const counters = new Counters();
  const road = { send: () => true, drained: () => Promise.resolve() };
  const channels = new Channels(road, counters);
  const heard: unknown[] = [];
  channels.open("text", text).receive((_, message) => heard.push(message));
  channels.open("rpc", envelopeCodec).receive((_, message) => heard.push(message));
  return { counters, channels, heard };
}

function frame(messages: readonly string[]): Buffer {
  const outbox = new Outbox(outboxLimits({}));
  const counters = new Counters();
  const options = { lane: "control", droppable: false, lend: false } as const;
  for (const message of messages) {
    outbox.push({ name: "text", id: channelId("text"), codec: text, ...options }, message, counters);
    const call = envelope(1, 7, message.length, { trace: message, body: { codec: text as never, message } });
    outbox.push({ name: "rpc", id: channelId("rpc"), codec: envelopeCodec, ...options }, call, counters);
  }
  return Buffer.from(outbox.take()!.bytes);
}

type Mutation = { at: number; kind: "flip" | "cut" | "insert" | "repeat" | "length"; value: number };

function mutate(original: Buffer, mutations: readonly Mutation[]): Buffer {
  let bytes = Buffer.from(original);
  for (const { at, kind, value } of mutations) {
    const i = at % (bytes.length + 1);
    if (kind === "flip" && i < bytes.length) bytes[i] = bytes[i]! ^ (value & 0xff || 1);
    if (kind === "cut") bytes = Buffer.from(bytes.subarray(0, i));
    if (kind === "insert")
      bytes = Buffer.concat([bytes.subarray(0, i), Buffer.alloc(value % 64, value), bytes.subarray(i)]);
    if (kind === "repeat") bytes = Buffer.concat([bytes, bytes.subarray(i)]);
    if (kind === "length" && i + 4 <= bytes.length) bytes.writeUInt32LE(value >>> 0, i);
    if (bytes.length > 65_536) bytes = Buffer.from(bytes.subarray(0, 65_536));
  }
  return bytes;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(400),
  kind: fc.constantFrom("flip", "flip", "flip", "cut", "insert", "repeat", "length"),
  value: fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff })),
});

test("100,000 mutated frames are delivered in part or counted, and never throw", (t) => {
  const { counters, channels, heard } = listening();
  const originals = [[], ["a"], ["hello", "world"], ["x".repeat(200), "", "é€"]]
    .slice(1)
    .map((m) => frame(m));
  fc.assert(
    fc.property(
      fc.constantFrom(...originals),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      (original, m) => {
        channels.deliver("peer", mutate(original, m));
        heard.length = 0;
      },
    ),
    { numRuns: 100_000 },
  );
  t.is(counters.framesReceived, 100_000);
  t.true(counters.malformed > 10_000);
  channels.deliver("peer", originals[0]!);
  t.is(heard.length, 2, "and the decoder still works");
});

test("arbitrary bytes are counted as malformed", (t) => {
  const { counters, channels, heard } = listening();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      channels.deliver("peer", bytes);
    }),
    { numRuns: 5_000 },
  );
  t.is(heard.length, 0);
  t.true(counters.malformed > 4_000);
});

test("a record that lies about its length cannot read into the next one", (t) => {
  const { counters, channels, heard } = listening();
  const bytes = frame(["hello", "world"]);
  // The first record's string claims to reach into the second record.
  bytes[2 + 8 + 1] = 40;
  channels.deliver("peer", bytes);
  t.is(counters.malformed, 1);
  t.is(heard.length, 3);
  t.false(heard.some((message) => typeof message === "string" && message.startsWith("hello")));
});

test("a receiver that throws loses its own message alone", (t) => {
  const counters = new Counters();
  const told: unknown[] = [];
  const road = { send: () => true, drained: () => Promise.resolve() };
  const channels = new Channels(road, counters, (error, channel) => told.push([String(error), channel]));
  const heard: string[] = [];
  channels.open("text", text).receive((_, message) => {
    if (message === "bad") throw new Error("cannot bear it");
    heard.push(message);
  });
  channels.deliver("peer", frame(["good", "bad", "also good"]));
  t.deepEqual(heard, ["good", "also good"]);
  t.deepEqual(told, [["Error: cannot bear it", "text"]]);
  t.is(counters.receiverErrors, 1);
});

test("identities that are none are refused, however long or strange", (t) => {
  t.like(parseIdentity("ca#1>b@tcp://127.0.0.1:7101"), { lane: "control", from: "a", epoch: 1, to: "b" });
  for (const bad of [
    "",
    "ca#1>b",
    "xa#1>b@tcp://x:1",
    "ca b#1>b@tcp://x:1",
    `c${"a".repeat(65)}#1>b@t`,
    "ca#>b@t",
    "ca#zzzzzzzzzzz>b@t",
  ])
    t.is(parseIdentity(bad), undefined, bad);
  fc.assert(
    fc.property(fc.string({ maxLength: 255, unit: "binary" }), (bytes) => {
      parseIdentity(bytes);
    }),
  );
});
