import { setImmediate as turn } from "node:timers/promises";
import {
  createStreams,
  memoryNetwork,
  StreamFailedError,
  StreamInterruptedError,
  type StreamSource,
  type StreamsOptions,
  type Transport,
} from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { ManualClock } from "./support/manual-clock.ts";

const small: StreamsOptions = { windowBytes: 1_000, chunkBytes: 100, silenceMs: 1_000, resumesMax: 2 };
const content = Uint8Array.from({ length: 10_007 }, (_, i) => (i * 7919) >>> 3);
const pieces: StreamSource = function* (offset) {
  for (let at = offset; at < content.length; at += 333)
    yield content.subarray(at, Math.min(at + 333, content.length));
};

/** Drops records that a test has no use for, as a lossy road would. */
function lossy(transport: Transport, lose: (index: number) => boolean): Transport {
  let sent = 0;
  return {
    ...transport,
    id: transport.id,
    address: transport.address,
    metrics: () => transport.metrics(),
    connect: (peer, address) => transport.connect(peer, address),
    disconnect: (peer) => transport.disconnect(peer),
    open(name, codec, options) {
      const channel = transport.open(name, codec, options);
      return { ...channel, send: (to, message) => lose(sent++) || channel.send(to, message) };
    },
  } as Transport;
}

function pair(t: ExecutionContext, options = small, lose: (index: number) => boolean = () => false) {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const a = network.transport("a");
  const b = network.transport("b");
  a.connect("b", b.address);
  t.teardown(() => Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]));
  const reader = createStreams({ transport: a, clock }, options);
  const writer = createStreams({ transport: lossy(b, lose), clock }, options);
  return { a, clock, reader, writer };
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const piece of stream) read.push(Uint8Array.from(piece));
  return Buffer.concat(read);
}

test("a stream arrives whole and in order, from the start or from an offset", async (t) => {
  const { reader, writer } = pair(t);
  writer.offer("numbers", pieces);
  t.deepEqual(await collect(reader.fetch("b", "numbers")), Buffer.from(content));
  t.deepEqual(
    await collect(reader.fetch("b", "numbers", { offset: 9_000 })),
    Buffer.from(content.subarray(9_000)),
  );
  t.deepEqual(await collect(reader.fetch("b", "numbers", { offset: content.length })), Buffer.alloc(0));
  await turn();
  t.deepEqual(reader.metrics(), { streamsRead: 0, streamsWritten: 0 });
  t.deepEqual(writer.metrics(), { streamsRead: 0, streamsWritten: 0 });
});

test("what a stream lends it takes back when the next piece is asked for, and its source keeps its own", async (t) => {
  const { reader, writer } = pair(t, { ...small, windowBytes: 200_000, chunkBytes: 20_000 });
  const large = Uint8Array.from({ length: 90_000 }, (_, i) => (i * 7919) >>> 3);
  writer.offer("large", (offset) => [large.subarray(offset)]);
  t.deepEqual(await collect(reader.fetch("b", "large", { borrow: true })), Buffer.from(large));
  t.is(large.length, 90_000);
  const pieces: Uint8Array[] = [];
  for await (const piece of reader.fetch("b", "large", { borrow: true })) pieces.push(piece);
  t.true(pieces.slice(0, 4).every(({ length }) => length === 0));
  const kept: Uint8Array[] = [];
  for await (const piece of reader.fetch("b", "large")) kept.push(piece);
  t.deepEqual(Buffer.concat(kept), Buffer.from(large), "without borrowing they stay");
});

test("a slow reader holds the writer to one window", async (t) => {
  const { reader, writer } = pair(t);
  let given = 0;
  writer.offer("endless", function* () {
    for (;;) {
      given += 100;
      yield new Uint8Array(100);
    }
  });
  const stream = reader.fetch("b", "endless");
  let read = 0;
  for (let i = 0; i < 20; i++) {
    read += (await stream.next()).value!.length;
    for (let j = 0; j < 10; j++) await turn();
    t.true(given - read <= 1_000 + 200, `${given} given, ${read} read`);
  }
  await stream.return();
  for (let j = 0; j < 10; j++) await turn();
  t.is(writer.metrics().streamsWritten, 0);
});

test("what was lost on the way is asked for again", async (t) => {
  // Every 17th record is lost; those after it arrive and show the gap, the last one only by silence.
  const { reader, writer, clock } = pair(t, { ...small, resumesMax: 100 }, (i) => i % 17 === 3);
  writer.offer("numbers", pieces);
  const reading = collect(reader.fetch("b", "numbers"));
  let done = false;
  void reading.then(() => {
    done = true;
  });
  for (let i = 0; i < 5_000 && !done; i++) {
    await turn();
    if (i % 50 === 0) clock.pass(1_000);
  }
  t.deepEqual(await reading, Buffer.from(content));
});

test("a peer that stays silent interrupts the stream and says where to go on", async (t) => {
  const { reader, writer, clock } = pair(t, small, (i) => i >= 5);
  writer.offer("numbers", pieces);
  const reading = t.throwsAsync(collect(reader.fetch("b", "numbers")), {
    instanceOf: StreamInterruptedError,
  });
  for (let i = 0; i < 10; i++) {
    for (let j = 0; j < 20; j++) await turn();
    clock.pass(1_000);
  }
  t.is((await reading)?.offset, 433);
});

test("what a source throws, and a name that nobody offers, fail the reader", async (t) => {
  const { reader, writer } = pair(t);
  writer.offer("broken", async function* () {
    yield new Uint8Array(10);
    throw Object.assign(new Error("disk on fire"), { code: "EIO" });
  });
  const error = await t.throwsAsync(collect(reader.fetch("b", "broken")), { instanceOf: StreamFailedError });
  t.is(error?.remoteCode, "EIO");
  t.like(await t.throwsAsync(collect(reader.fetch("b", "nothing"))), { remoteCode: "ERR_UNKNOWN_STREAM" });
  t.throws(() => writer.offer("broken", pieces), { code: "ERR_STREAM_IN_USE" });
});

test("a signal ends the reading and reaches the source", async (t) => {
  const { reader, writer } = pair(t);
  let source: AbortSignal | undefined;
  writer.offer("endless", async function* (_, { signal }) {
    source = signal;
    while (!signal.aborted) {
      yield new Uint8Array(50);
      await turn();
    }
  });
  const controller = new AbortController();
  await t.throwsAsync(
    (async () => {
      for await (const _ of reader.fetch("b", "endless", { signal: controller.signal }))
        controller.abort(new Error("seen enough"));
    })(),
    { message: "seen enough" },
  );
  for (let i = 0; i < 10; i++) await turn();
  t.true(source?.aborted);
});

test("streams beyond the bound are refused", async (t) => {
  const { reader, writer } = pair(t, { ...small, outgoingMax: 1 });
  writer.offer("endless", function* () {
    for (;;) yield new Uint8Array(100);
  });
  const first = reader.fetch("b", "endless");
  await first.next();
  t.like(await t.throwsAsync(reader.fetch("b", "endless").next()), { remoteCode: "ERR_OVERLOADED" });
  await first.return();
});
