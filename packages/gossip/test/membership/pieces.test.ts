import test from "ava";
import fc from "fast-check";
import { LocalHealth } from "../../src/detector/local-health.ts";
import { BroadcastQueue } from "../../src/membership/broadcasts.ts";
import { FlapDamping } from "../../src/membership/flapping.ts";
import { membershipSettings, presets } from "../../src/membership/options.ts";
import { Suspicion, suspicionTerms, suspicionTimeoutMs } from "../../src/membership/suspicion.ts";

test("a suspicion lasts from its longest to its shortest time, the shorter the more confirm it", (t) => {
  const terms = { minMs: 4_000, maxMs: 24_000, confirmations: 2 };
  t.is(suspicionTimeoutMs(terms, 0), 24_000);
  t.is(suspicionTimeoutMs(terms, 2), 4_000);
  t.is(Math.round(suspicionTimeoutMs(terms, 1)), Math.round(24_000 - (20_000 * Math.log(2)) / Math.log(3)));
  t.is(suspicionTimeoutMs(terms, 9), 4_000);
});

test("nobody waits for confirmations that cannot come", (t) => {
  t.deepEqual(suspicionTerms(2, 1_000, 4, 6), { minMs: 4_000, maxMs: 24_000, confirmations: 0 });
  t.is(suspicionTerms(3, 1_000, 4, 6).confirmations, 0);
  t.is(suspicionTerms(4, 1_000, 4, 6).confirmations, 2);
  t.is(suspicionTerms(1_000, 1_000, 4, 6).minMs, 12_000);
});

test("one accuser confirms once, and more than are wanted are not told on", (t) => {
  const suspicion = new Suspicion({ minMs: 10, maxMs: 100, confirmations: 2 }, "a", 0);
  t.is(suspicion.deadline, 100);
  t.false(suspicion.confirm("a"));
  t.true(suspicion.confirm("b"));
  t.false(suspicion.confirm("b"));
  t.true(suspicion.confirm("c"));
  t.is(suspicion.deadline, 10);
  t.false(suspicion.confirm("d"));
});

test("local health stays between 1 and its bound", (t) => {
  const health = new LocalHealth(8);
  health.improve();
  t.is(health.multiplier, 1);
  health.worsen(100);
  t.is(health.multiplier, 8);
  health.improve();
  t.is(health.multiplier, 7);
  const off = new LocalHealth(1);
  off.worsen(5);
  t.is(off.multiplier, 1);
});

test("news under a name replace older ones, are told so often, and what was told least goes first", (t) => {
  const queue = new BroadcastQueue<string>(10);
  queue.add("x", "x1", 10);
  t.deepEqual(queue.take(100, 2).items, ["x1"]);
  queue.add("y", "y1", 10);
  t.deepEqual(queue.take(10, 2).items, ["y1"]);
  queue.add("x", "x2", 10);
  t.deepEqual(queue.take(100, 2).items, ["x2", "y1"]);
  t.deepEqual(queue.take(100, 2).items, ["x2"]);
  t.is(queue.size, 0);
});

test("news can come as if they had been told before: they are told the less often, and after the others", (t) => {
  const queue = new BroadcastQueue<string>(10);
  queue.add("late", "late", 10, 2);
  queue.add("early", "early", 10);
  t.deepEqual(queue.take(10, 3).items, ["early"]);
  t.deepEqual(queue.take(100, 3).items, ["early", "late"]);
  t.deepEqual(queue.take(100, 3).items, ["early"]);
  t.is(queue.size, 0);
});

test("a full queue lets go of what was told most", (t) => {
  const queue = new BroadcastQueue<string>(2);
  queue.add("a", "a", 1);
  queue.take(1, 9);
  queue.add("b", "b", 1);
  queue.add("c", "c", 1);
  t.deepEqual(queue.take(9, 9).items, ["b", "c"]);
  t.is(queue.dropped, 1);
});

test("packets keep their limit; nothing starves, however much comes in, unless it fits in no packet", (t) => {
  const item = fc.record({ name: fc.nat(30), bytes: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 60 }), (items) => {
      const queue = new BroadcastQueue<string>(1_000);
      for (const { name, bytes } of items) queue.add(String(name), `${name}/${bytes}`, bytes);
      const latest = new Map(items.map(({ name, bytes }) => [name, `${name}/${bytes}`]));
      t.is(queue.size, latest.size);
      const told = new Map<string, number>();
      for (let packet = 0; queue.size > 0; packet++) {
        t.true(packet < 1_000, "it ends");
        const { items: taken, bytes } = queue.take(50, 3);
        t.true(bytes <= 50);
        for (const one of taken) told.set(one, (told.get(one) ?? 0) + 1);
      }
      for (const one of latest.values()) t.is(told.get(one), 3);
    }),
  );
});

test("flapping is held back, longer the worse it is, and forgiven in time", (t) => {
  const damping = new FlapDamping(2, 1_000);
  t.is(damping.returned("m", 0), 0);
  t.is(damping.returned("m", 0), 0);
  t.true(damping.returned("m", 0) > 1_000);
  t.is(damping.returned("other", 0), 0);
  t.is(damping.returned("m", 100_000), 100_000);
});

test("presets are valid as they stand, and changes are checked", (t) => {
  for (const preset of ["local", "lan", "wan"] as const)
    t.deepEqual(membershipSettings(preset), presets[preset]);
  const code = "GOSSIP_OPTION";
  t.throws(() => membershipSettings("moon" as never), { code });
  t.throws(() => membershipSettings("lan", { probeTimeoutMs: 600 }), { code });
  t.throws(() => membershipSettings("lan", { gossipFanout: 1.5 }), { code });
  t.throws(() => membershipSettings("lan", { probeIntervalMs: Number.NaN }), { code });
  t.throws(() => membershipSettings("lan", { packetBytesMax: 100 }), { code });
  t.throws(() => membershipSettings("lan", { syncBytesPerSecond: 1_000 }), { code });
  t.throws(() => membershipSettings("lan", { nonsense: 1 } as never), { code });
  t.throws(() => membershipSettings("lan", { buddy: 1 } as never), { code });
  t.is(membershipSettings("lan", { indirectProbes: 0 }).indirectProbes, 0);
});
