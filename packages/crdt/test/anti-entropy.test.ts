// Anti-entropy on the in-memory road, whose messages pass through their codec and its bounds as on a real one.
import { bytesCodec, memoryNetwork, systemClock, type Transport } from "@coterie/transport";
import test from "ava";
import {
  createAntiEntropy,
  createDeltaSync,
  createLongMessages,
  createText,
  gSet,
  type SyncHost,
  sequenceSource,
  text,
} from "../src/index.ts";

const host: SyncHost = { clock: systemClock(), random: { float: () => Math.random() } };

/** Two transports that know each other, whose messages are bounded as by default. */
function pair(): readonly [Transport, Transport] {
  const network = memoryNetwork();
  const [a, b] = [network.transport("a"), network.transport("b")];
  a.connect("b", b.address);
  b.connect("a", a.address);
  return [a, b];
}

test("a text of 20 MiB, more than a message of the road may be, reaches one that begins empty", async (t) => {
  await using road = new AsyncDisposableStack();
  const [a, b] = pair();
  road.use(a);
  road.use(b);
  const [full, empty] = [createText({ replica: "full" }), createText({ replica: "empty" })];
  const length = 20 << 20;
  full.insert(0, "0123456789abcdef".repeat(length / 16));
  full.takeUpdate();
  const arrived = new Promise<void>((resolve) => {
    empty.onChange(() => empty.length === length && resolve());
  });
  for (const [transport, sequence, peer] of [
    [a, full, "b"],
    [b, empty, "a"],
  ] as const)
    road.use(
      createAntiEntropy(host, {
        channel: transport.open("text", bytesCodec, { lane: "bulk" }),
        source: sequenceSource(sequence),
        peers: [peer],
        intervalMs: 10,
      }),
    );
  await arrived;
  t.true(empty.toString() === full.toString());
  t.is(a.metrics().droppedOversized, 0);
});

test("a state of 20 MiB travels by deltas over the same road", async (t) => {
  await using road = new AsyncDisposableStack();
  const [a, b] = pair();
  road.use(a);
  road.use(b);
  const set = gSet(text);
  const [full, empty] = [0, 1].map(() => createDeltaSync(set, { incarnation: 1 }));
  for (let n = 0; n < 20; n++) full!.change((state) => set.add(state, `${n} ${"x".repeat(1 << 20)}`));
  const ends = [a, b].map((transport) =>
    // Patient, as the message is sent but once here.
    road.use(
      createLongMessages(host, transport.open("set", bytesCodec, { lane: "bulk" }), { silenceMs: 600_000 }),
    ),
  );
  ends[1]!.receive((from, message) => ends[1]!.send(from, empty!.receive(from, message)!));
  const acknowledged = new Promise<void>((resolve) => {
    ends[0]!.receive((from, message) => {
      full!.receive(from, message);
      resolve();
    });
  });
  t.true(ends[0]!.send("b", full!.messageFor("b")!));
  await acknowledged;
  t.true(set.equals(empty!.state, full!.state));
  t.is(full!.messageFor("b"), undefined);
});
