import { seededRandom } from "@coterie/host";
import test from "ava";
import fc from "fast-check";
import { State } from "../../src/gen/membership.ts";
import { hashRecord, hashText, MemberList } from "../../src/membership/members.ts";

const record = (id: string, state: State = State.ALIVE, incarnation = 0) => ({
  id,
  address: `memory://${id}`,
  incarnation,
  state,
  metadata: Uint8Array.of(),
  accuser: "",
});

test("each member is watched once in every round, whatever round it is", (t) => {
  const list = new MemberList(seededRandom(1));
  const ids = Array.from({ length: 20 }, (_, i) => `m${i}`);
  for (const id of ids) list.add(record(id), 0);
  for (let round = 0; round < 10; round++)
    t.deepEqual(ids.map(() => list.next()!.record.id).sort(), [...ids].sort());
});

test("two rounds are enough to watch everybody that stays, whoever comes and goes meanwhile", (t) => {
  const step = fc.record({ id: fc.nat(15), up: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
      const list = new MemberList(seededRandom(seed));
      for (let i = 0; i < 16; i++) list.add(record(`m${i}`), 0);
      const watched = new Set<string>();
      const rounds = 2 * 16 + steps.length;
      for (let i = 0; i < rounds; i++) {
        const one = steps[i];
        // The first four stay.
        if (one !== undefined && one.id >= 4)
          list.replace(
            list.get(`m${one.id}`)!,
            record(`m${one.id}`, one.up ? State.ALIVE : State.DEAD, i),
            i,
          );
        watched.add(list.next()!.record.id);
      }
      for (const id of ["m0", "m1", "m2", "m3"]) t.true(watched.has(id), id);
    }),
  );
});

test("whatever comes and goes, samples are of members in service, each once, and sums depend on what is held alone", (t) => {
  const step = fc.record({
    id: fc.nat(9),
    state: fc.constantFrom(State.ALIVE, State.SUSPECT, State.DEAD, State.LEFT),
    incarnation: fc.nat(9),
    steps: fc.nat(3),
  });
  const own = { hash: hashText("self"), sum: hashRecord(hashText("self"), record("self")) };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new MemberList(seededRandom(1));
      for (const { id, state, incarnation, steps: looks } of steps) {
        const member = list.get(`m${id}`);
        if (member === undefined) list.add(record(`m${id}`, state, incarnation), 0);
        else list.replace(member, record(`m${id}`, state, incarnation), 0);
        for (let i = 0; i < looks; i++) list.next();
        const sample = list.sample(4);
        t.is(new Set(sample).size, sample.length);
        t.true(sample.every(({ record: { state } }) => state === State.ALIVE || state === State.SUSPECT));
        t.is(list.inService + list.gone.size, list.size);
      }
      const fresh = new MemberList(seededRandom(2));
      for (const { record } of [...list.values()].reverse()) fresh.add(record, 0);
      t.deepEqual(fresh.sums(own), list.sums(own));
      for (const member of [...list.values()]) list.remove(member);
      t.deepEqual(list.sums(own), new MemberList(seededRandom(3)).sums(own));
      t.is(list.next(), undefined);
      t.deepEqual(list.sample(3), []);
    }),
  );
});
