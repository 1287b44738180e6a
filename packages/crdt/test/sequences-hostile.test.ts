// Bytes that were changed on the way, and what no correct replica writes. Random mutations are in hostile.test.ts.
import test from "ava";
import {
  CrdtError,
  createList,
  createMovableList,
  createRichText,
  decodeList,
  decodeMovableList,
  decodeRichText,
  json,
  type Replicated,
} from "../src/index.ts";
import { resealed } from "./worlds/mutations.ts";

interface Kind {
  readonly name: string;
  create(replica: string): Replicated;
  decode(bytes: Uint8Array): Replicated;
  /** Edits by two writers who have seen the beginning of each other. */
  fill(a: Replicated, b: Replicated): void;
  read(sequence: Replicated): unknown;
}

const limits = { elementsMax: 10_000 };

/** A kind with its own type known inside alone. */
function kind<Sequence extends Replicated>(
  name: string,
  create: (replica: string) => Sequence,
  decode: (bytes: Uint8Array) => Sequence,
  fill: (a: Sequence, b: Sequence) => void,
  read: (sequence: Sequence) => unknown,
): Kind {
  return {
    name,
    create,
    decode,
    fill: (a, b) => fill(a as Sequence, b as Sequence),
    read: (sequence) => read(sequence as Sequence),
  };
}

const kinds: readonly Kind[] = [
  kind(
    "list",
    (replica) => createList(json, { replica, ...limits }),
    (bytes) => decodeList(json, bytes, { replica: "copy", ...limits }),
    (a, b) => {
      a.push("one", 2, [3], "four");
      b.apply(a.takeUpdate()!);
      a.remove(1, 2);
      b.insert(2, "five", null);
      a.apply(b.takeUpdate()!);
      a.push("six");
    },
    (list) => list.toArray(),
  ),
  kind(
    "movable list",
    (replica) => createMovableList(json, { replica, ...limits }),
    (bytes) => decodeMovableList(json, bytes, { replica: "copy", ...limits }),
    (a, b) => {
      a.push("one", "two", "three", "four");
      b.apply(a.takeUpdate()!);
      a.move(0, 2);
      a.set(1, { three: 3 });
      b.move(0, 3);
      b.remove(1);
      b.set(0, "b");
      a.apply(b.takeUpdate()!);
      a.move(1, 0);
      a.push("five");
    },
    (list) => list.toArray(),
  ),
  kind(
    "rich text",
    (replica) => createRichText({ replica, history: true, ...limits }),
    (bytes) => decodeRichText(bytes, { replica: "copy", history: true, ...limits }),
    (a, b) => {
      a.insert(0, "rich text with 😀");
      b.apply(a.takeUpdate()!);
      a.format(0, 4, { bold: true });
      a.remove(2, 4);
      b.format(2, 9, { link: "x" });
      b.insert(6, "more 😀");
      a.apply(b.takeUpdate()!);
      a.format(1, 12, { bold: null, italic: 1 });
    },
    (text) => text.runs(),
  ),
];

function sample({ create, fill }: Kind): Replicated {
  const [a, b] = [create("a"), create("b")];
  fill(a, b);
  return a;
}

for (const type of kinds) {
  test(`${type.name}: every flipped bit and every cut is found`, (t) => {
    const source = sample(type);
    for (const bytes of [source.encode(), source.updateSince(new Map())]) {
      const peer = type.create("peer");
      const decode = bytes[0] === 0xc2 ? type.decode : (update: Uint8Array) => peer.apply(update);
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        t.throws(() => decode(flipped), { code: "CRDT_CORRUPT_BYTES" });
      }
      for (let end = 0; end < bytes.length; end++)
        t.throws(() => decode(bytes.subarray(0, end)), { code: "CRDT_CORRUPT_BYTES" });
    }
  });
}

test("a removal of the place of an item, instead of the item, is refused", (t) => {
  const list = createMovableList(json, { replica: "a" });
  list.push("x", "y");
  list.move(0, 1);
  const bytes = list.takeUpdate()!;
  list.remove(1, 1);
  const removal = list.takeUpdate()!;
  let refused = 0;
  // One of the bytes says which element is removed.
  for (let n = 0; n < 8 * (removal.length - 4); n++) {
    const peer = createMovableList(json, { replica: "b" });
    peer.apply(bytes);
    try {
      peer.apply(resealed(removal, [[n >> 3, n & 7, "set"]]));
    } catch (error) {
      if (!(error instanceof CrdtError)) throw error;
      if (error.message.includes("removes what cannot be removed")) refused++;
    }
    t.deepEqual(decodeMovableList(json, peer.encode(), { replica: "c" }).toArray(), peer.toArray());
  }
  t.true(refused > 0);
});

test("a movable list in which an item that is there is not seen is refused", (t) => {
  const list = createMovableList(json, { replica: "a" });
  list.push("x", "y", "z");
  list.move(0, 2);
  list.move(0, 1);
  const bytes = list.encode();
  let refused = 0;
  for (let n = 0; n < 8 * (bytes.length - 4); n++) {
    try {
      const stored = decodeMovableList(json, resealed(bytes, [[n >> 3, n & 7, "set"]]), { replica: "b" });
      const peer = createMovableList(json, { replica: "c" });
      peer.apply(stored.updateSince(new Map()));
      t.deepEqual(peer.toArray(), stored.toArray(), "what is stored is what updates tell");
    } catch (error) {
      if (!(error instanceof CrdtError)) throw error;
      if (error.message.includes("is not seen")) refused++;
    }
  }
  t.true(refused > 0);
});
