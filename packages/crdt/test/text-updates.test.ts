import test from "ava";
import fc from "fast-check";
import { createText, decodeText, decodeVersion, encodeVersion, type Text } from "../src/index.ts";
import { steps, TextWorld } from "./worlds/text-world.ts";

/** Types a session on one replica, an update for each edit. */
function session(replica = "a"): { text: Text; updates: Uint8Array[] } {
  const text = createText({ replica });
  const updates: Uint8Array[] = [];
  const edit = (run: () => void): void => {
    run();
    updates.push(text.takeUpdate()!);
  };
  edit(() => text.insert(0, "hello"));
  edit(() => text.insert(5, " world"));
  edit(() => text.remove(0, 1));
  edit(() => text.insert(0, "J"));
  edit(() => text.insert(3, "é😀"));
  return { text, updates };
}

test("updates lost, repeated and reordered converge to what the model says", (t) => {
  const network = fc.record({ script: steps(3, 40), order: fc.infiniteStream(fc.nat()) });
  fc.assert(
    fc.property(network, ({ script, order }) => {
      const world = new TextWorld(3, true);
      const sent: Uint8Array[] = [];
      for (const step of script) {
        world.run(step);
        const update = world.texts[step.who]!.takeUpdate();
        if (update !== undefined) sent.push(update);
      }
      world.converge();
      const late = createText({ replica: "late" });
      const shuffled = sent.toSorted(() => (order.next().value % 3) - 1);
      for (const update of [...shuffled, ...sent]) late.apply(update);
      t.is(late.toString(), world.models[0]!.toString());
      t.is(late.pendingBytes, 0);
      const batched = createText({ replica: "batched" });
      batched.apply([...shuffled, ...shuffled]);
      t.is(batched.toString(), world.models[0]!.toString());
      t.deepEqual(batched.version(), world.texts[0]!.version());
      t.deepEqual(batched.encode(), late.encode(), "what is joined on the stage makes the same runs");
    }),
    { numRuns: 500 },
  );
});

test("a version asks for exactly what is missing", (t) => {
  fc.assert(
    fc.property(steps(3, 40), fc.nat(), (script, cut) => {
      const world = new TextWorld(3, true);
      const middle = cut % (script.length + 1);
      for (const step of script.slice(0, middle)) world.run(step);
      const versions = world.texts.map((text) => decodeVersion(encodeVersion(text.version())));
      const early = world.texts.map((text) =>
        decodeText(text.encode({ history: true }), { replica: "x", history: true }),
      );
      for (const step of script.slice(middle)) world.run(step);
      for (const [i, text] of world.texts.entries()) {
        early[i]!.apply(text.updateSince(versions[i]!));
        t.is(early[i]!.toString(), text.toString());
        t.deepEqual(early[i]!.encode({ history: true }), text.encode({ history: true }));
      }
    }),
    { numRuns: 500 },
  );
});

test("a text that was loaded goes on like one that has seen it all, whoever edits it", (t) => {
  const both = fc.record({ alone: steps(1, 30), together: steps(2, 40), loadedAt: fc.nat() });
  fc.assert(
    fc.property(both, ({ alone, together, loadedAt }) => {
      const world = new TextWorld(2, false);
      for (const step of alone) world.run(step);
      const [writer, peer] = world.texts as [Text, Text];
      peer.apply(writer.updateSince(new Map()));
      let loaded = decodeText(writer.encode(), { replica: peer.replica });
      for (const [number, { do: what, who, ...step }] of together.entries()) {
        // Once more in the middle, when both have written.
        if (number === loadedAt % 40) loaded = decodeText(peer.encode(), { replica: peer.replica });
        for (const text of who === 0 ? [writer] : [peer, loaded]) {
          const other = who === 0 ? peer : writer;
          const at = "at" in step ? step.at % (text.length + 1) : 0;
          if (what === "sync") text.apply(other.updateSince(text.version()));
          else if ("text" in step) text.insert(at, step.text);
          else if ("count" in step) text.remove(at, Math.min(step.count, text.length - at));
        }
        t.is(loaded.toString(), peer.toString());
      }
      t.deepEqual(loaded.encode(), peer.encode());
      t.deepEqual(loaded.updateSince(new Map()), peer.updateSince(new Map()));
    }),
    { numRuns: 300 },
  );
});

test("an update before its causes is held and reported, and applied when they come", (t) => {
  const { text, updates } = session();
  const peer = createText({ replica: "b" });
  const report = peer.apply(updates[2]!);
  t.deepEqual(report, { applied: 0, held: 1, missing: [{ replica: "a", from: 0, to: 11 }] });
  t.is(peer.pendingBytes, updates[2]!.length);
  t.is(peer.apply(updates[2]!).missing.length, 1, "the same update is held once");
  t.is(peer.apply(updates[0]!).applied, 5);
  t.is(peer.apply(updates[1]!).applied, 7);
  t.is(peer.pendingBytes, 0);
  t.is(peer.apply(updates.slice(3)).held, 0);
  t.is(peer.toString(), text.toString());
});

test("of a batch in any order those are reported as held that still are when it is applied", (t) => {
  const { text, updates } = session();
  const backwards = updates.toReversed();
  const peer = createText({ replica: "b" });
  t.deepEqual(peer.apply(backwards), { applied: 16, held: 0, missing: [] });
  t.is(peer.pendingBytes, 0);
  t.is(peer.toString(), text.toString());
  const late = createText({ replica: "c" });
  t.like(late.apply([updates[4]!, updates[3]!, updates[1]!, updates[0]!]), { applied: 11, held: 2 });
  t.is(late.pendingBytes, updates[3]!.length + updates[4]!.length);
  t.deepEqual(late.apply(updates[2]!), { applied: 5, held: 0, missing: [] });
});

test("what is held is bounded", (t) => {
  const { updates } = session();
  const peer = createText({ replica: "b", pendingBytesMax: updates[2]!.length + 1 });
  peer.apply(updates[2]!);
  t.throws(() => peer.apply(updates[3]!), { code: "CRDT_PENDING_FULL" });
  t.throws(() => peer.apply([updates[0]!, updates[4]!]), { code: "CRDT_PENDING_FULL" });
  t.is(peer.toString(), "", "all or none");
  t.is(peer.apply(updates.slice(0, 2)).applied, 12);
});

test("one bad update among many: none is applied", (t) => {
  const { updates } = session();
  const peer = createText({ replica: "b" });
  const bad = updates[4]!.slice();
  bad[bad.length - 6]! ^= 1;
  t.throws(() => peer.apply([...updates.slice(0, 4), bad]), { code: "CRDT_CORRUPT_BYTES" });
  t.is(peer.toString(), "");
  t.is(peer.version().size, 0);
  t.is(peer.apply(updates).applied, 16);
});

test("an update that must wait is taken back off a batch whole, with what it added to a run", (t) => {
  const [a, b] = [createText({ replica: "a" }), createText({ replica: "b" })];
  a.insert(0, "abc");
  const first = a.takeUpdate()!;
  b.apply(first);
  b.insert(3, "x");
  a.insert(3, "de");
  a.remove(0, 1);
  a.apply(b.takeUpdate()!);
  a.insert(5, "y");
  const second = a.updateSince(
    new Map([
      ["a", 3],
      ["b", 1],
    ]),
  );
  const peer = createText({ replica: "c" });
  t.like(peer.apply([first, second]), { applied: 3, held: 1 });
  t.is(peer.toString(), "abc");
  t.is(peer.apply(b.updateSince(new Map())).applied, 1 + 4);
  t.deepEqual(peer.encode(), a.encode());
});

test("the replicas of a batch that is refused are not counted", (t) => {
  const [a, b, x] = ["a", "b", "x"].map((replica) => createText({ replica })) as [Text, Text, Text];
  for (const text of [a, b, x]) text.insert(0, text.replica);
  const peer = createText({ replica: "c", replicasMax: 3 });
  const [good, other, bad] = [a, b, x].map((text) => text.takeUpdate()!) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  t.throws(() => peer.apply([good, bad.with(0, 0)]), { code: "CRDT_CORRUPT_BYTES" });
  t.throws(() => peer.apply([good, bad, other]), { code: "CRDT_LIMIT_EXCEEDED" });
  t.is(peer.version().size, 0);
  t.is(peer.apply([other, good]).applied, 2);
  t.is(peer.toString(), "ab");
});

test("two writers under one id are found out", (t) => {
  const [one, two] = [createText({ replica: "a" }), createText({ replica: "a" })];
  one.insert(0, "hello");
  two.insert(0, "help!");
  const peer = createText({ replica: "b" });
  peer.apply(one.updateSince(new Map()));
  t.throws(() => peer.apply(two.updateSince(new Map())), { code: "CRDT_REPLICA_REUSED" });
  t.is(peer.toString(), "hello");
  const third = createText({ replica: "a" });
  third.insert(0, "hell");
  third.remove(0, 1);
  t.throws(() => peer.apply(third.updateSince(new Map())), { code: "CRDT_REPLICA_REUSED" });
});

test("every flipped bit and every cut of an encoding is found", (t) => {
  const { text, updates } = session();
  const document = text.encode();
  const readers: [Uint8Array, (bytes: Uint8Array) => unknown][] = [
    [document, (bytes) => decodeText(bytes, { replica: "b" })],
    [updates[1]!, (bytes) => createText({ replica: "b" }).apply([updates[0]!, bytes])],
    [encodeVersion(text.version()), (bytes) => decodeVersion(bytes)],
  ];
  for (const [bytes, read] of readers) {
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      t.throws(() => read(flipped), { code: "CRDT_CORRUPT_BYTES" });
    }
    for (let end = 0; end < bytes.length; end++)
      t.throws(() => read(bytes.subarray(0, end)), { code: "CRDT_CORRUPT_BYTES" });
  }
});

test("an insertion that was removed before it was sent is hidden until the removal comes", (t) => {
  const [a, b, c] = ["a", "b", "c"].map((replica) => createText({ replica })) as [Text, Text, Text];
  a.insert(0, "hello");
  b.apply(a.updateSince(b.version()));
  b.remove(1, 3);
  const removal = b.takeUpdate()!;
  a.apply(removal);
  c.apply(a.takeUpdate()!);
  t.is(c.toString(), "ho");
  const copy = decodeText(c.encode(), { replica: "copy" });
  t.is(copy.toString(), "ho");
  t.deepEqual(copy.encode(), c.encode());
  for (const text of [c, copy]) text.apply(removal);
  t.deepEqual(c.encode(), a.encode());
  t.deepEqual(copy.encode(), a.encode());
});

/** One writer at a time, no pairs: what is shown without a replay. */
function plain(): Text {
  const a = createText({ replica: "a" });
  const b = createText({ replica: "b" });
  a.insert(0, "one after the other, ça va");
  a.remove(3, 6);
  b.apply(a.takeUpdate()!);
  b.insert(5, "from b");
  for (const _ of "back") b.remove(b.length - 1, 1);
  a.apply(b.takeUpdate()!);
  a.insert(0, "again");
  return a;
}

test("a text that is only shown is the text that is then edited, whatever becomes of the bytes", (t) => {
  const source = plain();
  const bytes = source.encode();
  const text = decodeText(bytes, { replica: "c" });
  bytes.fill(0);
  t.is(text.slice(2, 7), source.slice(2, 7));
  t.throws(() => text.slice(0, 1_000), { code: "CRDT_INVALID_ARGUMENT" });
  text.insert(3, "edited");
  t.is(text.toString(), `${source.slice(0, 3)}edited${source.slice(3)}`);
  source.apply(text.takeUpdate()!);
  t.is(source.toString(), text.toString());
  t.throws(() => decodeText(source.encode(), { replica: "" }), { code: "CRDT_INVALID_ARGUMENT" });
  t.throws(() => decodeText(plain().encode(), { replica: "d", elementsMax: 9 }), {
    code: "CRDT_LIMIT_EXCEEDED",
  });
});
