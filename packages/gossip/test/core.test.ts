import test from "ava";
import fc from "fast-check";
import { GossipCore, type GossipEffect } from "../src/core/core.ts";

const core = (value = 0) => new GossipCore({ peers: ["b", "c"], resendIntervalMs: 100, value });
const offer = (value: number) => ({ kind: { $case: "offer", value } }) as const;
const confirm = (value: number) => ({ kind: { $case: "confirm", value } }) as const;

/** Sends that may leave at once, those inside `whenDurable` left out. */
const sends = (effects: readonly GossipEffect[]) => effects.filter((effect) => effect.type === "send");

test("a raised number is offered to every peer, and again until it is confirmed", (t) => {
  const node = core();
  node.raise(5, 0);
  t.deepEqual(
    sends(node.drain()).map((effect) => effect.to),
    ["b", "c"],
  );
  t.is(node.deadline, 100);
  node.receive("b", confirm(5), 50);
  node.advance(99);
  t.deepEqual(sends(node.drain()), []);
  node.advance(100);
  t.deepEqual(
    sends(node.drain()).map((effect) => effect.to),
    ["c"],
  );
  node.receive("c", confirm(5), 150);
  t.is(node.deadline, Number.POSITIVE_INFINITY);
});

test("nothing is confirmed before it is on disk", (t) => {
  const node = core();
  node.receive("b", offer(5), 0);
  const confirms = sends(node.drain()).filter((effect) => effect.message.kind?.$case === "confirm");
  t.deepEqual(confirms, []);
  // A repeated offer waits behind the write of the first.
  node.receive("b", offer(5), 1);
  t.deepEqual(node.drain(), [
    {
      type: "persist",
      records: [{ value: 5 }],
      whenDurable: [{ type: "send", to: "b", message: confirm(5) }],
    },
  ]);
  node.stored(5);
  node.receive("b", offer(5), 2);
  t.deepEqual(node.drain(), [{ type: "send", to: "b", message: confirm(5) }]);
});

test("everywhere means on every disk, this one too", (t) => {
  const node = core();
  node.raise(5, 0);
  node.receive("b", confirm(5), 1);
  node.receive("c", confirm(5), 1);
  node.drain();
  node.stored(5);
  t.deepEqual(node.drain(), [{ type: "everywhere", value: 5 }]);
});

test("a node that starts again asks its peers at once", (t) => {
  const node = core(5);
  t.true(node.deadline <= 0);
  node.advance(0);
  t.is(sends(node.drain()).length, 2);
});

test("strangers are not heard, and a store that says too much stops the node", (t) => {
  const node = core();
  node.receive("x", offer(9), 0);
  t.is(node.value, 0);
  t.throws(() => node.stored(1), { code: "GOSSIP_INVARIANT" });
});

const event = fc.record({
  from: fc.constantFrom("b", "c"),
  kind: fc.constantFrom("offer", "confirm", "raise", "advance"),
  value: fc.nat(20),
});

test("whatever arrives, the number never falls and is never beyond what was offered or raised", (t) => {
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const node = core();
      let greatest = 0;
      events.forEach(({ from, kind, value }, now) => {
        const before = node.value;
        if (kind === "advance") node.advance(now);
        else if (kind === "raise") node.raise(value, now);
        else node.receive(from, kind === "offer" ? offer(value) : confirm(value), now);
        if (kind === "offer" || kind === "raise") greatest = Math.max(greatest, value);
        t.true(node.value >= before);
        t.is(node.value, greatest);
      });
    }),
  );
});
