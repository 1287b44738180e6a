import { encodeCausalContext } from "@coterie/clocks";
import test from "ava";
import fc from "fast-check";
import {
  type Causal,
  type CausalType,
  CorruptBytesError,
  causalCounter,
  copy,
  decode,
  encode,
  mergeEncoded,
  orMap,
  orSet,
  removeWinsSet,
  text,
  Writer,
} from "../src/index.ts";

/** Changes a state as `replica` would, the number choosing what to do. */
type Mutator<Store> = (state: Causal<Store>, replica: string, n: number) => unknown;

const history = fc.array(
  fc.record({ who: fc.nat(2), from: fc.nat(2), what: fc.nat(4), n: fc.nat(255), sync: fc.boolean() }),
  { minLength: 1, maxLength: 30 },
);

function since<Store>(type: CausalType<Store>, ...mutators: readonly Mutator<Store>[]): void {
  test(`${type.name}: what is missing since a context brings what the whole state would`, (t) => {
    fc.assert(
      fc.property(history, (steps) => {
        const states = [0, 1, 2].map(() => type.bottom());
        for (const { who, from, what, n, sync } of steps)
          if (sync) type.merge(states[who]!, states[from]!);
          else mutators[what % mutators.length]!(states[who]!, `r${who}`, n);
        for (const state of states)
          for (const other of states) {
            const whole = copy(type, other);
            type.merge(whole, state);
            const missing = type.since(state, other.context);
            t.true(type.dots.size(missing.store) <= type.dots.size(state.store));
            const told = copy(type, other);
            type.merge(told, decode(type, encode(type, missing)));
            t.true(type.equals(told, whole));
          }
      }),
      { numRuns: 200 },
    );
  });
}

const tags = orSet(text);
since(
  tags,
  (state, replica, n) => tags.add(state, replica, `e${n % 4}`),
  (state, replica, n) => tags.add(state, replica, `e${n % 9}`),
  (state, _, n) => tags.remove(state, `e${n % 4}`),
  (state, _, n) => n % 8 === 0 && tags.clear(state),
);
const rights = removeWinsSet(text);
since(
  rights,
  (state, replica, n) => rights.add(state, replica, `e${n % 4}`),
  (state, replica, n) => rights.remove(state, replica, `e${n % 4}`),
);
const votes = orMap(text, causalCounter);
since(
  votes,
  (state, replica, n) => votes.update(state, `k${n % 4}`, (count) => causalCounter.add(count, replica, n)),
  (state, _, n) => votes.remove(state, `k${n % 4}`),
);

test("what is missing of a large set is small, removals in it or not", (t) => {
  const [here, there] = [tags.bottom(), tags.bottom()];
  for (let n = 0; n < 2_000; n++) tags.add(here, "ann", `element ${n}`);
  tags.merge(there, here);
  tags.remove(here, "element 7");
  tags.add(here, "ann", "one more");
  const missing = encode(tags, tags.since(here, there.context));
  t.true(missing.length < 100, `${missing.length}`);
  mergeEncoded(tags, there, missing);
  t.true(tags.equals(here, there));
  t.deepEqual(encodeCausalContext(here.context), encodeCausalContext(there.context));
});

test("after removals in more pieces than a context can tell, the whole state goes", (t) => {
  const [here, there] = [tags.bottom(), tags.bottom()];
  for (let n = 0; n < 40_000; n++) tags.add(here, "ann", `element ${n}`);
  tags.merge(there, here);
  for (let n = 0; n < 40_000; n += 2) tags.remove(here, `element ${n}`);
  for (const missing of [tags.since(here, there.context), tags.delta(here, there)]) {
    const told = copy(tags, there);
    mergeEncoded(tags, told, encode(tags, missing));
    t.true(tags.equals(told, here));
    // It belongs to whom asked for it.
    tags.add(missing, "bob", "mine");
    t.false(tags.has(here, "mine"));
  }
  // A clearing says that all is gone, not each piece of it.
  t.true(encode(tags, tags.clear(here)).length < 60);
  t.is(tags.values(here).length, 0);
});

test("a delta that would put what was seen in too many pieces is refused, and nothing changed", (t) => {
  const [there, here] = [tags.bottom(), tags.bottom()];
  const refused = t.throws(() => {
    for (let n = 0; n < 40_000; n++) {
      const delta = tags.add(there, "ann", `element ${n}`);
      if (n % 2 === 1) tags.merge(here, delta);
    }
  });
  t.is((refused as Error & { code?: string }).code, "CRDT_LIMIT_EXCEEDED");
  t.true(tags.equals(decode(tags, encode(tags, here)), here));
  // Whoever asks gets it all, and it is in one piece again.
  mergeEncoded(tags, here, encode(tags, tags.since(there, here.context)));
  t.true(tags.equals(here, there));
});

test("a state in bytes that is newer than its context changes nothing", (t) => {
  const state = tags.bottom();
  tags.add(state, "ann", "a");
  const other = copy(tags, state);
  tags.add(other, "bob", "b");
  const lying = new Writer();
  lying.byte(0xc4);
  lying.byte(1);
  lying.text(tags.name);
  lying.block(encodeCausalContext(state.context));
  tags.dots.write(lying, other.store);
  const before = encode(tags, state);
  t.throws(() => mergeEncoded(tags, state, lying.sealed()), { instanceOf: CorruptBytesError });
  t.deepEqual(encode(tags, state), before);
});
