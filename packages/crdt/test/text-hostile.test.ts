import test from "ava";
import fc from "fast-check";
import { Writer } from "../src/bytes/writer.ts";
import { CrdtError, createText, decodeText, type Text } from "../src/index.ts";

/** Bytes with a right checksum and wrong inside: what a hostile peer sends, whom no checksum stops. */
function resealed(bytes: Uint8Array, change: (inside: Uint8Array) => Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.raw(change(bytes.slice(0, -4)));
  return writer.sealed();
}

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

const mutations = fc.array(
  fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "cut", "insert", "swell")),
  {
    minLength: 1,
    maxLength: 4,
  },
);

function mutate(inside: Uint8Array, changes: readonly (readonly [number, number, string])[]): Uint8Array {
  let bytes = [...inside];
  for (const [n, value, what] of changes) {
    const at = n % Math.max(1, bytes.length);
    if (what === "set") bytes[at] = value;
    else if (what === "cut") bytes.splice(at, 1 + (value % 5));
    else if (what === "insert") bytes.splice(at, 0, value);
    else bytes = [...bytes.slice(0, at), 0xff, 0xff, 0xff, 0xff, 0x0f, ...bytes.slice(at + 1)];
  }
  return Uint8Array.from(bytes);
}

const runs = Number(process.env.CRDT_FUZZ_RUNS ?? 10_000);

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
        peer.apply(resealed(update, (inside) => mutate(inside, changes)));
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
    { numRuns: runs },
  );
});

test("a mutated document with a right checksum is refused, or is a whole document", (t) => {
  for (const history of [false, true]) {
    const document = sample().encode({ history });
    fc.assert(
      fc.property(mutations, (changes) => {
        let text: Text;
        try {
          text = decodeText(
            resealed(document, (inside) => mutate(inside, changes)),
            { replica: "peer", history: true, elementsMax: 10_000 },
          );
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
      { numRuns: runs },
    );
  }
});
