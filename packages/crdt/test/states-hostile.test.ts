import test from "ava";
import { decode, encode, json, mvRegister, orSet, text } from "../src/index.ts";

const set = orSet(text);
const many = mvRegister(json);

test("every flipped bit and every cut of a state's encoding is found", (t) => {
  const state = set.bottom();
  set.add(state, "a", "x");
  const bytes = encode(set, state);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    t.throws(() => decode(set, flipped), { code: "CRDT_CORRUPT_BYTES" });
  }
  for (let end = 0; end < bytes.length; end++)
    t.throws(() => decode(set, bytes.subarray(0, end)), { code: "CRDT_CORRUPT_BYTES" });
  t.throws(() => decode(many, bytes), { code: "CRDT_CORRUPT_BYTES" }, "the bytes of another type");
});
