import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import test from "ava";
import fc from "fast-check";
import { Channels } from "../src/channels.ts";
import { bytes, parcels } from "../src/contract/codecs.ts";
import { Counters } from "../src/metrics.ts";
import { frameBytes, Outbox, type OutboxOptions, outboxLimits, type SealedFrame } from "../src/outbox.ts";
import type { Codec } from "../src/transport.ts";
import { channelId } from "../src/wire/frame.ts";
import { lentBytesMin } from "../src/wire/lent.ts";
import { release } from "../src/wire/release.ts";

const kib = 1024;

function open<Message>(codec: Codec<Message>, lend = true) {
  return { name: "c", id: channelId("c"), codec, lane: "bulk", droppable: false, lend } as const;
}

/** Some bytes fields, and nothing that would be skipped. */
const parcelless: Codec<Uint8Array[]> = {
  encode(message, writer = new BinaryWriter()) {
    for (const one of message) writer.uint32(10).bytes(one);
    return writer;
  },
  decode(input, length) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const end = length === undefined ? reader.len : reader.pos + length;
    const message: Uint8Array[] = [];
    while (reader.pos < end && reader.uint32() === 10) message.push(reader.bytes());
    return message;
  },
};

function packed(messages: readonly Uint8Array[][], options: OutboxOptions = {}): SealedFrame[] {
  const outbox = new Outbox(outboxLimits(options));
  const counters = new Counters();
  for (const message of messages) outbox.push(open(parcels), message, counters);
  const frames: SealedFrame[] = [];
  for (let frame = outbox.take(); frame !== undefined; frame = outbox.take()) frames.push(frame);
  return frames;
}

function listening() {
  const counters = new Counters();
  const channels = new Channels({ send: () => true, drained: () => Promise.resolve() }, counters);
  const heard: Uint8Array[][] = [];
  channels.open("c", parcels).receive((_, message) => heard.push(message));
  return { counters, channels, heard };
}

const lengths = fc.oneof(fc.nat(300), fc.integer({ min: lentBytesMin - 2, max: lentBytesMin + 2 }));
const messages = fc.array(fc.array(lengths, { maxLength: 4 }), { maxLength: 8 });

test("what was lent comes out where it was put in, and was not copied", (t) => {
  fc.assert(
    fc.property(messages, (plan) => {
      const sent = plan.map((some) => some.map((length) => new Uint8Array(length).fill(length)));
      const { channels, counters, heard } = listening();
      for (const { bytes, lent } of packed(sent)) channels.deliver("a", bytes, lent);
      const long = sent.flat().filter(({ length }) => length >= lentBytesMin);
      const same = heard.flat().filter((part) => long.some((one) => one === part));
      t.deepEqual(heard, sent);
      t.is(same.length, long.length);
      t.is(counters.malformed, 0);
    }),
    { numRuns: 200 },
  );
});

test("what is lent counts towards every bound", (t) => {
  const counters = new Counters();
  const limits = { outboxBytesMax: 100 * kib, recordBytesMax: 64 * kib, frameBytesTarget: 1024 * kib };
  const outbox = new Outbox(outboxLimits(limits));
  const channel = open(parcels);
  t.false(outbox.push(channel, [new Uint8Array(65 * kib)], counters));
  t.is(counters.droppedOversized, 1);
  t.is(outbox.bytes, 0, "what was refused left nothing behind");
  t.true(outbox.push(channel, [new Uint8Array(60 * kib)], counters));
  t.true(outbox.push(channel, [new Uint8Array(60 * kib)], counters));
  t.true(outbox.bytes > 120 * kib);
  t.false(outbox.push(channel, [], counters));
  t.is(counters.droppedOutboxFull, 1);
  const frame = outbox.take()!;
  t.is(frame.records, 2);
  t.is(frame.lent.length, 2);
  t.true(frameBytes(frame) > 120 * kib);
  t.is(outbox.bytes, 0);
});

test("a frame leaves when it lends four times as much as one may hold", (t) => {
  const one = [new Uint8Array(64 * kib)];
  const frames = packed([one, one, one, one, one]);
  t.deepEqual(
    frames.map(({ records }) => records),
    [4, 1],
  );
});

test("a record whose codec throws lends nothing", (t) => {
  const counters = new Counters();
  const outbox = new Outbox(outboxLimits({}));
  const failing: Codec<Uint8Array> = {
    encode(message, writer) {
      bytes.encode(message, writer);
      throw new Error("half way");
    },
    decode: bytes.decode,
  };
  outbox.push(open(bytes), new Uint8Array(20 * kib).fill(1), counters);
  t.throws(() => outbox.push(open(failing), new Uint8Array(20 * kib), counters), { message: "half way" });
  outbox.push(open(bytes), new Uint8Array(20 * kib).fill(2), counters);
  t.deepEqual(
    outbox.take()!.lent.map((part) => part[0]),
    [1, 2],
  );
});

test("a channel that does not lend has all copied before send returns", (t) => {
  const outbox = new Outbox(outboxLimits({}));
  outbox.push(open(bytes, false), new Uint8Array(100 * kib), new Counters());
  t.is(outbox.take()!.lent.length, 0);
});

test("a frame can be given back once nobody has a view of it, and what was borrowed is given back at once", (t) => {
  const cases: [what: string, lengths: number[], borrow: boolean, free: boolean][] = [
    ["no bytes", [], false, true],
    ["short bytes, which are copied", [64, 1], false, true],
    ["bytes that are views of the frame", [64, 65], false, false],
    ["bytes that were lent and lie elsewhere", [20 * kib], false, true],
    ["borrowed bytes", [65, 20 * kib], true, true],
  ];
  for (const [what, some, borrow, free] of cases) {
    const channels = new Channels({ send: () => true, drained: () => Promise.resolve() }, new Counters());
    const heard: Uint8Array[] = [];
    const lengthsThen: number[] = [];
    channels.open("c", parcelless, { borrow }).receive((_, message) => {
      heard.push(...message);
      lengthsThen.push(...message.map(({ length }) => length));
    });
    const outbox = new Outbox(outboxLimits({}));
    outbox.push(
      open(parcelless),
      some.map((length) => new Uint8Array(length)),
      new Counters(),
    );
    const frame = outbox.take()!;
    t.is(channels.deliver("a", frame.bytes, frame.lent), free, what);
    t.deepEqual(lengthsThen, some, what);
    for (const [i, { length }] of heard.entries())
      t.is(length, borrow && some[i]! >= lentBytesMin ? 0 : some[i]!);
  }
});

test("a record that borrows does not give back what its neighbour has kept", (t) => {
  const channels = new Channels({ send: () => true, drained: () => Promise.resolve() }, new Counters());
  channels.open("kept", bytes).receive(() => {});
  channels.open("borrowed", bytes, { borrow: true }).receive(() => {});
  const outbox = new Outbox(outboxLimits({}));
  for (const name of ["kept", "borrowed"])
    outbox.push({ ...open(bytes), name, id: channelId(name) }, new Uint8Array(100), new Counters());
  t.false(channels.deliver("a", outbox.take()!.bytes));
});

test("only memory that bytes have to themselves is given back", (t) => {
  const whole = new Uint8Array(1_000).fill(1);
  const part = whole.subarray(0, 999);
  release(part);
  t.is(whole.length, 1_000);
  release(new Uint8Array(new SharedArrayBuffer(8)));
  release(whole);
  t.is(whole.length, 0);
  release(whole);
});

test("tables that lie, and parts that nobody lent, are counted and end the frame at most", (t) => {
  const [frame] = packed([[new Uint8Array(20 * kib).fill(7), new Uint8Array(3)]]) as [SealedFrame];
  const lying = (at: number, value: number): Buffer => {
    const copy = Buffer.from(frame.bytes);
    copy.writeUInt32LE(value, copy.length + at);
    return copy;
  };
  const cases: [what: string, frame: Buffer, lent: readonly Uint8Array[]][] = [
    ["too few parts", frame.bytes, []],
    ["too many parts", frame.bytes, [...frame.lent, new Uint8Array(1)]],
    ["a part of another length", frame.bytes, [new Uint8Array(20 * kib - 1)]],
    ["a count beyond the record", lying(-4, 0xffff), frame.lent],
    ["a count of none", lying(-4, 0), frame.lent],
    ["a position beyond the record", lying(-8, 0xffff_ffff), frame.lent],
    ["a position that is no field's", lying(-8, 1), frame.lent],
    ["parts for a frame that lends nothing", packed([[new Uint8Array(3)]])[0]!.bytes, frame.lent],
  ];
  for (const [what, bytes, lent] of cases) {
    const { channels, counters } = listening();
    channels.deliver("a", bytes, lent);
    t.is(counters.malformed, 1, what);
    channels.deliver("a", frame.bytes, frame.lent);
    t.is(counters.malformed, 1, `${what}, then a good one`);
  }
});

test("50,000 mutated frames that lend are delivered in part or counted, and never throw", (t) => {
  const { channels, counters, heard } = listening();
  const [frame] = packed([
    [new Uint8Array(3), new Uint8Array(20 * kib)],
    [new Uint8Array(17 * kib), new Uint8Array(18 * kib)],
  ]) as [SealedFrame];
  const change = fc.record({ at: fc.nat(), value: fc.oneof(fc.nat(255), fc.constant(0x80)) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(4), (changes, parts) => {
      const mutated = Buffer.from(frame.bytes);
      for (const { at, value } of changes) mutated[at % mutated.length] = value;
      channels.deliver("a", mutated, [...frame.lent, new Uint8Array(16 * kib)].slice(0, parts));
      heard.length = 0;
    }),
    { numRuns: 50_000 },
  );
  t.is(counters.framesReceived, 50_000);
  t.true(counters.malformed > 10_000);
  channels.deliver("a", frame.bytes, frame.lent);
  t.is(heard.length, 2);
});
