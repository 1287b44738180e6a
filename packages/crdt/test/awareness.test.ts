import test from "ava";
import { createAwareness, text } from "../src/index.ts";

const options = (replica: string): { replica: string; timeoutMs: number } => ({ replica, timeoutMs: 1000 });

test("the newest state of each replica counts, however messages arrive", (t) => {
  const [ann, bob] = [createAwareness(text, options("ann")), createAwareness(text, options("bob"))];
  const first = ann.set("at 1", 0);
  const second = ann.set("at 2", 10);
  t.deepEqual(bob.apply(second, 20), { joined: ["ann"], updated: [], left: [] });
  t.deepEqual(bob.apply(first, 20), { joined: [], updated: [], left: [] });
  t.is(bob.states.get("ann"), "at 2");
  t.deepEqual(bob.apply(ann.set("at 3", 30), 30).updated, ["ann"]);
  t.deepEqual(bob.apply(ann.set(undefined, 40), 40).left, ["ann"]);
  t.deepEqual(bob.apply(second, 50), { joined: [], updated: [], left: [] });
  t.is(bob.states.size, 0);
});

test("who is silent is gone after the timeout, and who is there says so in time", (t) => {
  const [ann, bob] = [createAwareness(text, options("ann")), createAwareness(text, options("bob"))];
  bob.apply(ann.set("here", 0), 0);
  t.is(ann.tick(499).message, undefined);
  bob.apply(ann.tick(500).message!, 510);
  t.deepEqual(bob.tick(1400).left, []);
  t.deepEqual(bob.tick(1510).left, ["ann"]);
  t.is(ann.states.get("ann"), "here", "one does not lose oneself");
});

test("a replica that starts again is heard over what it said in its earlier life", (t) => {
  const [before, bob] = [createAwareness(text, options("ann")), createAwareness(text, options("bob"))];
  for (let i = 0; i < 5; i++) bob.apply(before.set(`old ${i}`, i), i);
  const again = createAwareness(text, options("ann"));
  bob.apply(again.set("new", 10), 10);
  t.is(bob.states.get("ann"), "old 4", "not yet");
  again.apply(bob.snapshot(), 20);
  bob.apply(again.tick(21).message!, 30);
  t.is(bob.states.get("ann"), "new");
});

test("bad messages change nothing, and strangers beyond the bound are ignored", (t) => {
  const bob = createAwareness(text, { ...options("bob"), replicasMax: 1 });
  const message = createAwareness(text, options("ann")).set("here", 0);
  for (let bit = 0; bit < 8 * message.length; bit++) {
    const flipped = message.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    t.throws(() => bob.apply(flipped, 0), { code: "CRDT_CORRUPT_BYTES" });
  }
  t.is(bob.states.size, 0);
  bob.apply(message, 0);
  bob.apply(createAwareness(text, options("cy")).set("too many", 0), 0);
  t.deepEqual([...bob.states.keys()], ["ann"]);
});
