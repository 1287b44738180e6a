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
  for (const history of [false, true]) {
    const document = sample().encode({ history });
    t.is(decodeText(document, { replica: "peer" }).toString(), sample().toString());
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
        t.true(text.toString().isWellFormed());
        t.is(
          decodeText(text.encode({ history }), { replica: "peer", history: true }).toString(),
          text.toString(),
        );
      }),
      { numRuns: fuzzRuns },
    );
  }
});
