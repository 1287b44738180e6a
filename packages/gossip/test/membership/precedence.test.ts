import test from "ava";
import fc from "fast-check";
import type { MemberRecord } from "../../src/gen/membership.ts";
import { State } from "../../src/gen/membership.ts";
import { firstIncarnation, isBelievable, refutation } from "../../src/membership/incarnation.ts";
import { compareRecords, isRecord, mergeRecords } from "../../src/membership/precedence.ts";

/** Few values, so that ties are frequent. */
const record: fc.Arbitrary<MemberRecord> = fc.record({
  id: fc.constant("m"),
  address: fc.constantFrom("tcp://1", "tcp://2"),
  incarnation: fc.integer({ min: 0, max: 4 }),
  state: fc.constantFrom(State.ALIVE, State.SUSPECT, State.DEAD, State.LEFT),
  metadata: fc.uint8Array({ maxLength: 2, max: 1 }),
  accuser: fc.constant(""),
});

test("merging is commutative, associative and idempotent", (t) => {
  fc.assert(
    fc.property(record, record, record, (a, b, c) => {
      t.deepEqual(mergeRecords(a, b), mergeRecords(b, a));
      t.deepEqual(mergeRecords(mergeRecords(a, b), c), mergeRecords(a, mergeRecords(b, c)));
      t.is(mergeRecords(a, a), a);
    }),
  );
});

test("merging is monotone: a record never gives way to a lesser one", (t) => {
  fc.assert(
    fc.property(record, record, (a, b) => {
      const merged = mergeRecords(a, b);
      t.true(compareRecords(merged, a) >= 0);
      t.true(compareRecords(merged, b) >= 0);
      t.is(Math.sign(compareRecords(a, b)), -Math.sign(compareRecords(b, a)) || 0);
    }),
  );
});

test("the same news in any order, any number of times, come to the same record", (t) => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1 }), fc.infiniteStream(fc.nat()), (records, chance) => {
      const shuffled = [...records, ...records]
        .map((one) => [chance.next().value as number, one] as const)
        .sort(([a], [b]) => a - b)
        .map(([, one]) => one);
      t.deepEqual(shuffled.reduce(mergeRecords), records.reduce(mergeRecords));
    }),
  );
});

test("an accusation beats the incarnation it is about, and falls to the next one", (t) => {
  const alive = (incarnation: number) => ({ ...base, incarnation });
  const base = {
    id: "m",
    address: "a",
    incarnation: 1,
    state: State.ALIVE,
    metadata: Uint8Array.of(),
    accuser: "",
  };
  for (const state of [State.SUSPECT, State.DEAD, State.LEFT]) {
    const claim = { ...base, state, incarnation: 7 };
    t.is(mergeRecords(alive(7), claim), claim);
    const answer = alive(refutation(7, 7));
    t.is(mergeRecords(answer, claim), answer);
  }
});

test("a new life beats whatever was said of the one before, however much that was", (t) => {
  t.true(firstIncarnation(3) > firstIncarnation(2) + 1_000_000);
  t.throws(() => firstIncarnation(2 ** 21), { code: "GOSSIP_OPTION" });
  t.throws(() => firstIncarnation(-1), { code: "GOSSIP_OPTION" });
});

test("hearsay far beyond a member's own word is not believed, and what is believed can be contradicted", (t) => {
  t.true(isBelievable(firstIncarnation(1_000), firstIncarnation(5)));
  t.false(isBelievable(Number.MAX_SAFE_INTEGER, firstIncarnation(5)));
  t.false(isBelievable(Number.MAX_SAFE_INTEGER, 0));
  const vouched = firstIncarnation(2 ** 20 + 7);
  t.true(isBelievable(vouched + 1_000, vouched));
  t.false(isBelievable(firstIncarnation(2 ** 20 + 8), vouched));
  let own = 0;
  // A forger that always claims the most that is believed needs billions of answers of its victim to silence it.
  for (let i = 0; i < 10_000; i++) {
    let claim = Number.MAX_SAFE_INTEGER;
    while (!isBelievable(claim, own)) claim = Math.max(own, own + Math.floor((claim - own) / 2));
    own = refutation(own, claim);
    t.true(own > claim);
  }
});

test("what cannot be a record is none", (t) => {
  const good = {
    id: "m",
    address: "a",
    incarnation: 0,
    state: State.DEAD,
    metadata: Uint8Array.of(),
    accuser: "b",
  };
  t.true(isRecord(good));
  for (const bad of [
    { id: "" },
    { id: "two words" },
    { id: "x".repeat(65) },
    { address: "" },
    { address: "x".repeat(257) },
    { address: "tcp://h\u00f6st:1" },
    { state: State.UNSPECIFIED },
    { state: 9 as State },
    { metadata: new Uint8Array(513) },
    { accuser: "no such\nname" },
  ])
    t.false(isRecord({ ...good, ...bad }), JSON.stringify(bad));
});
