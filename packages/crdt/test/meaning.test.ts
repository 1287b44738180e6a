import test from "ava";
import fc from "fast-check";
import {
  boundedCounter,
  causalCounter,
  copy,
  disableWinsFlag,
  enableWinsFlag,
  gCounter,
  lwwMap,
  lwwRegister,
  mvRegister,
  orMap,
  orSet,
  pnCounter,
  removeWinsSet,
  text,
} from "../src/index.ts";
import { ObservedModel } from "./models/observed.ts";

const steps = fc.array(
  fc.record({
    who: fc.nat(2),
    from: fc.nat(2),
    what: fc.constantFrom("add", "remove", "sync"),
    n: fc.nat(2),
  }),
  { maxLength: 40 },
);
const set = orSet(text);
const strict = removeWinsSet(text);

test("or-set and remove-wins set hold at every moment what their operations mean", (t) => {
  fc.assert(
    fc.property(steps, (script) => {
      const model = new ObservedModel(3);
      const sets = [0, 1, 2].map(() => set.bottom());
      const stricts = [0, 1, 2].map(() => strict.bottom());
      for (const { who, from, what, n } of script) {
        const [element, id] = ["abc"[n]!, `r${who}`];
        if (what === "sync") {
          model.sync(who, from);
          // Half of the time by a delta: both ways must come to the same.
          set.merge(sets[who]!, n === 0 ? sets[from]! : set.delta(sets[from]!, sets[who]!));
          strict.merge(stricts[who]!, n === 0 ? stricts[from]! : strict.delta(stricts[from]!, stricts[who]!));
        } else {
          model.do(who, what === "add", element);
          if (what === "add") set.add(sets[who]!, id, element);
          else set.remove(sets[who]!, element);
          if (what === "add") strict.add(stricts[who]!, id, element);
          else strict.remove(stricts[who]!, id, element);
        }
        t.deepEqual(set.values(sets[who]!).sort(), model.addWins(who));
        t.deepEqual(strict.values(stricts[who]!).sort(), model.removeWins(who));
      }
    }),
    { numRuns: 500 },
  );
});

test("flags hold at every moment what their operations mean", (t) => {
  fc.assert(
    fc.property(steps, (script) => {
      const model = new ObservedModel(3);
      const mirror = new ObservedModel(3);
      const enables = [0, 1, 2].map(() => enableWinsFlag.bottom());
      const disables = [0, 1, 2].map(() => disableWinsFlag.bottom());
      for (const { who, from, what } of script) {
        if (what === "sync") {
          for (const m of [model, mirror]) m.sync(who, from);
          enableWinsFlag.merge(enables[who]!, enables[from]!);
          disableWinsFlag.merge(disables[who]!, disables[from]!);
        } else {
          const change = what === "add" ? "enable" : "disable";
          model.do(who, what === "add", "on");
          mirror.do(who, what !== "add", "off");
          enableWinsFlag[change](enables[who]!, `r${who}`);
          disableWinsFlag[change](disables[who]!, `r${who}`);
        }
        t.is(enableWinsFlag.value(enables[who]!), model.addWins(who).length > 0);
        t.is(disableWinsFlag.value(disables[who]!), mirror.addWins(who).length === 0);
      }
    }),
    { numRuns: 500 },
  );
});

test("counters hold the sum of what was counted", (t) => {
  const counts = fc.array(
    fc.record({ who: fc.nat(2), by: fc.integer({ min: -9, max: 9 }), from: fc.nat(2) }),
  );
  fc.assert(
    fc.property(counts, (script) => {
      const grows = [0, 1, 2].map(() => gCounter.bottom());
      const swings = [0, 1, 2].map(() => pnCounter.bottom());
      const embedded = [0, 1, 2].map(() => causalCounter.bottom());
      let [risen, total] = [0, 0];
      for (const { who, by, from } of script) {
        if (by !== 0) causalCounter.add(embedded[who]!, `r${who}`, by);
        if (by > 0) gCounter.increment(grows[who]!, `r${who}`, by);
        if (by > 0) pnCounter.increment(swings[who]!, `r${who}`, by);
        if (by < 0) pnCounter.decrement(swings[who]!, `r${who}`, -by);
        risen += Math.max(0, by);
        total += by;
        gCounter.merge(grows[who]!, grows[from]!);
        pnCounter.merge(swings[who]!, swings[from]!);
        causalCounter.merge(embedded[who]!, embedded[from]!);
      }
      for (const i of [1, 2, 0, 1, 2]) {
        gCounter.merge(grows[0]!, grows[i]!);
        pnCounter.merge(swings[0]!, swings[i]!);
        causalCounter.merge(embedded[0]!, embedded[i]!);
      }
      t.is(gCounter.value(grows[0]!), risen);
      t.is(pnCounter.value(swings[0]!), total);
      t.is(causalCounter.value(embedded[0]!), total);
    }),
  );
});

test("a bounded counter never falls below zero, whoever counts down how concurrently", (t) => {
  const script = fc.array(
    fc.record({
      who: fc.nat(2),
      to: fc.nat(2),
      what: fc.constantFrom("up", "down", "give", "sync"),
      by: fc.integer({ min: 1, max: 6 }),
    }),
  );
  fc.assert(
    fc.property(script, (moves) => {
      const states = [0, 1, 2].map(() => boundedCounter.bottom());
      let truth = 0;
      for (const { who, to, what, by } of moves) {
        const [state, id] = [states[who]!, `r${who}`];
        if (what === "sync") boundedCounter.merge(state, states[to]!);
        else if (what === "up") {
          boundedCounter.increment(state, id, by);
          truth += by;
        } else if (by > boundedCounter.rights(state, id)) {
          t.throws(() => boundedCounter.decrement(state, id, by), { code: "CRDT_INVALID_ARGUMENT" });
        } else if (what === "down") {
          boundedCounter.decrement(state, id, by);
          truth -= by;
        } else if (who !== to) boundedCounter.transfer(state, id, `r${to}`, by);
        t.true(truth >= 0);
      }
      for (const state of states) boundedCounter.merge(states[0]!, state);
      t.is(boundedCounter.value(states[0]!), truth);
      const rights = ["r0", "r1", "r2"].map((id) => boundedCounter.rights(states[0]!, id));
      t.is(
        rights.reduce((sum, right) => sum + right, 0),
        truth,
      );
    }),
  );
});

test("a slow clock does not make a writer lose against what it has read", (t) => {
  const register = lwwRegister(text);
  const state = register.bottom();
  register.set(state, "a", "first", 1000);
  register.set(state, "b", "second", 3);
  t.is(register.value(state), "second");
  const table = lwwMap(text, text);
  const entries = table.bottom();
  table.set(entries, "a", "k", "v", 1000);
  table.remove(entries, "b", "k", 3);
  t.is(table.get(entries, "k"), undefined);
  t.deepEqual(table.keys(entries), []);
});

test("a multi-value register keeps concurrent values and drops replaced ones", (t) => {
  const register = mvRegister(text);
  const a = register.bottom();
  register.set(a, "a", "start");
  const b = copy(register, a);
  register.set(a, "a", "left");
  register.set(b, "b", "right");
  register.merge(a, b);
  t.deepEqual(register.values(a), ["left", "right"]);
  register.set(a, "a", "both");
  register.merge(b, a);
  t.deepEqual(register.values(b), ["both"]);
});

test("the delta of an addition to a large set is small, and merging it does not walk the set", (t) => {
  const large = set.bottom();
  for (let i = 0; i < 20_000; i++) set.add(large, "a", String(i));
  const peer = copy(set, large);
  for (let i = 0; i < 2_000; i++) {
    set.merge(peer, set.add(large, "a", `new ${i}`));
    set.merge(peer, set.remove(large, String(i)));
  }
  t.true(set.equals(peer, large));
  t.is(set.values(peer).length, 20_000);
});

const inner = orMap(text, set);
const outer = orMap(text, inner);

test("a key that is removed while its inside is edited keeps the edit alone", (t) => {
  const a = outer.bottom();
  outer.update(a, "page", (page) => inner.update(page, "tags", (tags) => set.add(tags, "a", "old")));
  const b = copy(outer, a);
  outer.remove(a, "page");
  outer.update(b, "page", (page) => inner.update(page, "tags", (tags) => set.add(tags, "b", "new")));
  for (const [one, two] of [
    [a, b],
    [b, a],
  ] as const) {
    const merged = copy(outer, one);
    outer.merge(merged, two);
    t.deepEqual(set.values(inner.get(outer.get(merged, "page"), "tags")), ["new"]);
  }
});
