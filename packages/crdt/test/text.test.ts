import test from "ava";
import fc from "fast-check";
import { createText, decodeText } from "../src/index.ts";
import { steps, TextWorld } from "./worlds/text-world.ts";

test("every replica reads at every moment what the Fugue paper says", (t) => {
  fc.assert(
    fc.property(steps(4, 60), fc.boolean(), (script, history) => {
      const world = new TextWorld(4, history);
      for (const step of script) {
        world.run(step);
        t.is(world.texts[step.who]!.toString(), world.models[step.who]!.toString());
      }
      world.converge();
      for (const [i, text] of world.texts.entries()) t.is(text.toString(), world.models[i]!.toString());
      t.is(new Set(world.texts.map(String)).size, 1);
    }),
    { numRuns: 1000 },
  );
});

test("a decoded text is the encoded one, and equal states have equal bytes", (t) => {
  fc.assert(
    fc.property(steps(3, 40), fc.boolean(), fc.boolean(), (script, history, withHistory) => {
      const world = new TextWorld(3, history);
      for (const step of script) world.run(step);
      for (const text of world.texts) {
        const bytes = text.encode({ history: withHistory });
        const copy = decodeText(bytes, { replica: "reader", history });
        t.is(copy.toString(), text.toString());
        t.deepEqual(copy.version(), text.version());
        t.deepEqual(copy.encode({ history: withHistory }), bytes);
      }
      world.converge();
      const [first, ...others] = world.texts.map((text) => text.encode());
      for (const other of others) t.deepEqual(other, first);
    }),
    { numRuns: 1000 },
  );
});

test("a long session splits leaves and inner nodes and stays right", (t) => {
  // Insertions of one character at scattered places make a span each: some two thousand, so three levels of nodes.
  const scattered = fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 4000, maxLength: 4000 });
  fc.assert(
    fc.property(scattered, (script) => {
      const text = createText({ replica: "a" });
      let plain = "";
      for (const [n, insert] of script) {
        const at = n % (plain.length + 1);
        const letter = String.fromCharCode(97 + (n % 26));
        if (insert || at === plain.length) {
          text.insert(at, letter);
          plain = plain.slice(0, at) + letter + plain.slice(at);
        } else {
          text.remove(at, 1);
          plain = plain.slice(0, at) + plain.slice(at + 1);
        }
      }
      t.is(text.toString(), plain);
      t.is(text.length, plain.length);
      const copy = decodeText(text.encode(), { replica: "b" });
      t.is(copy.toString(), plain);
      const peer = createText({ replica: "c" });
      peer.apply(text.updateSince(new Map()));
      t.is(peer.toString(), plain);
      for (const at of [0, 1, plain.length >> 1, plain.length]) t.is(peer.indexOf(text.cursorAt(at)), at);
    }),
    { numRuns: 15 },
  );
});

test("forward and backward typing at one place does not interleave", (t) => {
  for (const backward of [false, true]) {
    const [a, b] = ["a", "b"].map((replica) => createText({ replica })) as [
      ReturnType<typeof createText>,
      ReturnType<typeof createText>,
    ];
    for (const [text, word] of [
      [a, "milk"],
      [b, "eggs"],
    ] as const)
      for (const [i, letter] of [...word].entries()) text.insert(backward ? 0 : i, letter);
    a.apply(b.updateSince(a.version()));
    b.apply(a.updateSince(b.version()));
    t.is(a.toString(), backward ? "klimsgge" : "milkeggs");
    t.is(b.toString(), a.toString());
  }
});

test("thousands of replicas that insert at one place come out in the order of their ids", (t) => {
  const ids = Array.from({ length: 2000 }, (_, i) => String(i).padStart(5, "0"));
  const updates = ids.map((replica) => {
    const text = createText({ replica });
    text.insert(0, replica);
    return text.takeUpdate()!;
  });
  const orders = [updates, updates.toReversed(), updates.toSorted((x, y) => x[9]! - y[9]!)];
  for (const order of orders) {
    const text = createText({ replica: "z" });
    for (const update of order) text.apply(update);
    t.is(text.toString(), ids.join(""));
  }
});

test("removed content is gone from the bytes, and kept for the past only when asked for", (t) => {
  for (const history of [false, true]) {
    const text = createText({ replica: "a", history });
    text.insert(0, "public secret");
    const before = text.version();
    text.remove(6, 7);
    for (const bytes of [text.encode({ history: true }), text.updateSince(new Map())])
      t.is(Buffer.from(bytes).includes("secret"), history);
    t.is(text.at(before), history ? "public secret" : "public");
    const copy = decodeText(text.encode({ history: true }), { replica: "b", history });
    t.is(copy.at(before), text.at(before));
    t.is(copy.at(text.version()), "public");
    t.is(copy.at(new Map()), "");
  }
});

test("the past is what was read then, and a difference leads from any version to any other", (t) => {
  fc.assert(
    fc.property(steps(3, 25), (script) => {
      const world = new TextWorld(3, true);
      const [text] = world.texts;
      const past = [{ version: text!.version(), shown: "" }];
      for (const step of script) {
        world.run(step);
        past.push({ version: text!.version(), shown: text!.toString() });
      }
      for (const before of past) {
        t.is(text!.at(before.version), before.shown);
        for (const after of past) {
          let shown = before.shown;
          for (const { index, removed, inserted } of text!.diff(before.version, after.version))
            shown = shown.slice(0, index) + inserted + shown.slice(index + removed);
          t.is(shown, after.shown);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("cursors keep their place while others edit", (t) => {
  const text = createText({ replica: "a" });
  text.insert(0, "hello world");
  const before = text.cursorAt(5, "left");
  const after = text.cursorAt(5, "right");
  const end = text.cursorAt(11, "right");
  text.insert(5, ", dear");
  t.is(text.indexOf(before), 5);
  t.is(text.indexOf(after), 11);
  t.is(text.indexOf(end), 17);
  text.remove(2, 6);
  t.is(text.indexOf(before), 2);
  text.insert(0, ">> ");
  t.is(text.indexOf(before), 5);
  t.is(createText({ replica: "b" }).indexOf(before), undefined);
});

test("one event for each transaction, and its steps lead from the old text to the new", (t) => {
  fc.assert(
    fc.property(steps(3, 40), (script) => {
      const world = new TextWorld(3, false);
      const shown = world.texts.map((text, i) => {
        const state = { text: "", events: 0 };
        text.onChange(({ steps: changes, origin }) => {
          state.events++;
          t.is(origin, i === current.who && current.do !== "sync" ? "local" : "remote");
          for (const { index, removed, inserted } of changes)
            state.text = state.text.slice(0, index) + inserted + state.text.slice(index + removed);
        });
        return state;
      });
      let current = script[0]!;
      for (const step of script) {
        current = step;
        const before = shown[step.who]!.events;
        world.run(step);
        t.is(shown[step.who]!.text, world.texts[step.who]!.toString());
        t.true(shown[step.who]!.events <= before + 1);
      }
    }),
    { numRuns: 300 },
  );
});

test("a transaction emits once, after everything", (t) => {
  const text = createText({ replica: "a" });
  const seen: number[] = [];
  const stop = text.onChange(({ steps: changes }) => seen.push(changes.length));
  text.transact(() => {
    text.insert(0, "one ");
    text.insert(4, "two");
    text.remove(0, 1);
  });
  stop();
  text.insert(0, "unheard");
  t.deepEqual(seen, [2]);
});

test("positions never split a surrogate pair", (t) => {
  const text = createText({ replica: "a" });
  text.insert(0, "a😀b");
  text.insert(2, "x");
  t.is(text.toString(), "ax😀b");
  text.remove(3, 1);
  t.is(text.toString(), "axb");
  text.insert(1, "😀😀");
  text.remove(2, 2);
  t.is(text.toString(), "axb");
  t.throws(() => text.insert(0, "\ud83d"), { code: "CRDT_INVALID_ARGUMENT" });
  const copy = createText({ replica: "b" });
  copy.apply(text.updateSince(new Map()));
  t.is(copy.toString(), "axb");
});

test("arguments outside are refused and change nothing", (t) => {
  const text = createText({ replica: "a", elementsMax: 5 });
  text.insert(0, "abc");
  for (const bad of [-1, 4, 0.5, Number.NaN, 2 ** 53]) {
    t.throws(() => text.insert(bad, "x"), { code: "CRDT_INVALID_ARGUMENT" });
    t.throws(() => text.remove(bad, 1), { code: "CRDT_INVALID_ARGUMENT" });
    t.throws(() => text.slice(bad, bad), { code: "CRDT_INVALID_ARGUMENT" });
  }
  t.throws(() => text.insert(0, "abc"), { code: "CRDT_LIMIT_EXCEEDED" });
  t.throws(() => createText({ replica: "" }), { code: "CRDT_INVALID_ARGUMENT" });
  t.is(text.toString(), "abc");
});
