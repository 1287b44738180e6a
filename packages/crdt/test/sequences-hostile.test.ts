// Bytes that were changed on the way, and what no correct replica writes. Random mutations are in hostile.test.ts.
import test from "ava";
import { CrdtError, createMovableList, decodeMovableList, json } from "../src/index.ts";
import { kinds, sample } from "./hostile/sequences.ts";
import { resealed } from "./worlds/mutations.ts";

for (const type of kinds) {
  test(`${type.name}: every flipped bit and every cut is found`, (t) => {
    const [source] = sample(type);
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
