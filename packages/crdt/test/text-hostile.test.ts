import test from "ava";
import fc from "fast-check";
import { CrdtError, createText, decodeText, type Text } from "../src/index.ts";
import { fuzzRuns, mutations, resealed } from "./worlds/mutations.ts";

function sample(): Text {
  const a = createText({ replica: "a", history: true });
  const b = createText({ replica: "b", history: true });
  a.insert(0, "shared text, some emoji 😀😀 here");
  b.apply(a.takeUpdate()!);
  a.remove(3, 9);
  b.insert(6, "from b 😀");
  b.remove(2, 7);
  a.apply(b.takeUpdate()!);
  a.insert(4, "again");
  return a;
}

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

test("a mutated update with a right checksum is refused whole, or applied whole", (t) => {
  const source = sample();
  const update = source.updateSince(new Map());
  const base = createText({ replica: "a", history: true });
  base.insert(0, "shared");
  const prefix = base.takeUpdate()!;
  fc.assert(
    fc.property(mutations, (changes) => {
      const peer = createText({ replica: "peer", history: true, elementsMax: 10_000 });
      peer.apply(prefix);
      const before = [peer.toString(), peer.encode({ history: true })];
      try {
        peer.apply(resealed(update, changes));
      } catch (error) {
        if (!(error instanceof CrdtError)) throw error;
        t.deepEqual([peer.toString(), peer.encode({ history: true })], before);
        return;
      }
      // What passes is a valid text: well-formed, and equal on whoever gets it from here.
      t.true(peer.toString().isWellFormed());
      const copy = decodeText(peer.encode({ history: true }), { replica: "copy", history: true });
      t.is(copy.toString(), peer.toString());
      const other = createText({ replica: "other", history: true });
      other.apply(peer.updateSince(new Map()));
      t.is(other.toString(), peer.toString());
    }),
    { numRuns: fuzzRuns },
  );
});

test("a mutated document with a right checksum is refused, or is a whole document", (t) => {
  for (const [source, history] of [
    [sample(), false],
    [sample(), true],
    [plain(), false],
  ] as const) {
    const document = source.encode({ history });
    t.is(decodeText(document, { replica: "peer" }).toString(), source.toString());
    fc.assert(
      fc.property(mutations, (changes) => {
        let text: Text;
        try {
          text = decodeText(resealed(document, changes), {
            replica: "peer",
            history: true,
            elementsMax: 10_000,
          });
        } catch (error) {
          if (!(error instanceof CrdtError)) throw error;
          return;
        }
        const shown = text.toString();
        t.true(shown.isWellFormed());
        const copy = decodeText(text.encode({ history }), { replica: "peer", history: true });
        t.is(text.toString(), shown, "the same before and after the replay");
        t.is(text.length, shown.length);
        t.is(copy.toString(), shown);
      }),
      { numRuns: fuzzRuns },
    );
  }
});

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
