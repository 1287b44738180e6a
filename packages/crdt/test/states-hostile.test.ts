import test from "ava";
import fc from "fast-check";
import {
  boundedCounter,
  CrdtError,
  causalCounter,
  copy,
  decode,
  encode,
  json,
  type Lattice,
  lwwMap,
  maxRegister,
  movableTree,
  mvRegister,
  orMap,
  orSet,
  removeWinsSet,
  text,
} from "../src/index.ts";
import { fuzzRuns, mutations, resealed } from "./worlds/mutations.ts";

/** Decoding what was mutated under a right checksum fails with an error of ours, or gives a state that works. */
function survives<State>(type: Lattice<State>, fill: (state: State) => void): void {
  test(`${type.name}: mutated encodings are refused or are states`, (t) => {
    const state = type.bottom();
    fill(state);
    const bytes = encode(type, state);
    t.true(type.equals(decode(type, bytes), state));
    fc.assert(
      fc.property(mutations, (changes) => {
        let decoded: State;
        try {
          decoded = decode(type, resealed(bytes, changes));
        } catch (error) {
          if (error instanceof CrdtError) return;
          throw error;
        }
        const normal = copy(type, decoded);
        t.true(type.equals(decode(type, encode(type, normal)), normal));
        const other = copy(type, state);
        type.merge(other, normal);
        type.merge(normal, state);
        type.delta(normal, other);
      }),
      { numRuns: fuzzRuns / 4 },
    );
  });
}

const set = orSet(text);
const strict = removeWinsSet(text);
const many = mvRegister(json);
const table = lwwMap(text, json);
const map = orMap(text, orMap(text, causalCounter));
const inner = orMap(text, causalCounter);

survives(boundedCounter, (s) => {
  boundedCounter.increment(s, "a", 9);
  boundedCounter.transfer(s, "a", "b", 4);
  boundedCounter.decrement(s, "b", 2);
});
survives(maxRegister, (s) => maxRegister.set(s, 7.5));
survives(many, (s) => many.set(s, "a", { deep: [1, "two"] }));
survives(set, (s) => {
  for (const element of ["x", "y", "z"]) set.add(s, "a", element);
  set.remove(s, "y");
  set.add(s, "b", "é");
});
survives(strict, (s) => {
  strict.add(s, "a", "x");
  strict.remove(s, "b", "y");
});
survives(table, (s) => {
  table.set(s, "a", "k", [1], 5);
  table.remove(s, "b", "l", 6);
});
survives(movableTree, (s) => {
  movableTree.move(s, "a", "x", "");
  movableTree.move(s, "b", "y", "x");
  movableTree.remove(s, "a", "y");
});
survives(map, (s) => {
  map.update(s, "k", (m) => inner.update(m, "votes", (votes) => causalCounter.add(votes, "a", -3)));
});

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
