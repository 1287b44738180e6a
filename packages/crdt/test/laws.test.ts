import test from "ava";
import fc from "fast-check";
import {
  boundedCounter,
  brokenLaws,
  causalCounter,
  copy,
  disableWinsFlag,
  enableWinsFlag,
  gCounter,
  gSet,
  json,
  type Lattice,
  lwwMap,
  lwwRegister,
  maxRegister,
  minRegister,
  movableTree,
  mvRegister,
  number,
  orMap,
  orSet,
  pnCounter,
  removeWinsSet,
  text,
  treeRoot,
  twoPhaseSet,
} from "../src/index.ts";

/** Changes a state as `replica` would, the number choosing what to do; returns the delta. */
type Mutator<State> = (state: State, replica: string, n: number) => State;

const history = fc.array(
  fc.record({ who: fc.nat(2), from: fc.nat(2), what: fc.nat(4), n: fc.nat(255), sync: fc.boolean() }),
  { minLength: 1, maxLength: 20 },
);

function laws<State>(type: Lattice<State>, ...mutators: readonly Mutator<State>[]): void {
  test(`${type.name}: the laws hold on the states and the deltas of a history`, (t) => {
    fc.assert(
      fc.property(history, (steps) => {
        const states = [0, 1, 2].map(() => type.bottom());
        const deltas: State[] = [];
        for (const { who, from, what, n, sync } of steps) {
          if (sync) type.merge(states[who]!, states[from]!);
          else {
            const before = copy(type, states[who]!);
            const delta = mutators[what % mutators.length]!(states[who]!, `r${who}`, n);
            type.merge(before, delta);
            t.true(type.equals(before, states[who]!), "a mutator's delta says all that it did");
            deltas.push(delta);
          }
        }
        t.deepEqual(brokenLaws(type, states), []);
        // Deltas alone, reordered and doubled, bring a stranger to the join of all.
        const all = type.bottom();
        for (const state of states) type.merge(all, state);
        const late = type.bottom();
        for (const delta of [...deltas.toReversed(), ...deltas]) type.merge(late, delta);
        t.true(type.equals(late, all));
      }),
      { numRuns: 150 },
    );
  });
}

const letter = (n: number): string => "abc"[n % 3]!;
const set = orSet(text);
const strict = removeWinsSet(text);
const phased = twoPhaseSet(text);
const grown = gSet(number);
const last = lwwRegister(json);
const many = mvRegister(json);
const table = lwwMap(text, number);
const counts = orMap(text, causalCounter);
const nested = orMap(text, orMap(text, orSet(text)));
const inner = orMap(text, orSet(text));

laws(gCounter, (s, id, n) => gCounter.increment(s, id, 1 + (n % 5)));
laws(
  pnCounter,
  (s, id, n) => pnCounter.increment(s, id, 1 + (n % 5)),
  (s, id, n) => pnCounter.decrement(s, id, 1 + (n % 5)),
);
laws(
  boundedCounter,
  (s, id, n) => boundedCounter.increment(s, id, 1 + (n % 5)),
  (s, id) => (boundedCounter.rights(s, id) > 0 ? boundedCounter.decrement(s, id) : boundedCounter.bottom()),
  (s, id, n) =>
    boundedCounter.rights(s, id) > 0 && id !== `r${n % 3}`
      ? boundedCounter.transfer(s, id, `r${n % 3}`, 1)
      : boundedCounter.bottom(),
);
laws(
  causalCounter,
  (s, id, n) => causalCounter.add(s, id, (n % 9) - 4),
  (s) => causalCounter.reset(s),
);
laws(
  enableWinsFlag,
  (s, id) => enableWinsFlag.enable(s, id),
  (s, id) => enableWinsFlag.disable(s, id),
);
laws(
  disableWinsFlag,
  (s, id) => disableWinsFlag.enable(s, id),
  (s, id) => disableWinsFlag.disable(s, id),
);
laws(last, (s, id, n) => last.set(s, id, { n, of: id }, n % 4));
laws(
  many,
  (s, id, n) => many.set(s, id, [n]),
  (s) => many.clear(s),
);
laws(maxRegister, (s, _, n) => maxRegister.set(s, n % 7));
laws(minRegister, (s, _, n) => minRegister.set(s, n % 7));
laws(grown, (s, _, n) => grown.add(s, n % 9));
laws(
  phased,
  (s, _, n) => phased.add(s, letter(n)),
  (s, _, n) => phased.remove(s, letter(n)),
);
laws(
  set,
  (s, id, n) => set.add(s, id, letter(n)),
  (s, _, n) => set.remove(s, letter(n)),
  (s) => set.clear(s),
);
laws(
  strict,
  (s, id, n) => strict.add(s, id, letter(n)),
  (s, id, n) => strict.remove(s, id, letter(n)),
);
laws(
  movableTree,
  (s, id, n) =>
    s.store.places.isBelow(letter(n >> 2), letter(n))
      ? movableTree.bottom()
      : movableTree.move(s, id, letter(n), n % 2 ? letter(n >> 2) : treeRoot),
  (s, id, n) => (movableTree.has(s, letter(n)) ? movableTree.remove(s, id, letter(n)) : movableTree.bottom()),
  (s, _, n) => movableTree.forget(s, n % 8),
);
laws(
  table,
  (s, id, n) => table.set(s, id, letter(n), n, n % 4),
  (s, id, n) => table.remove(s, id, letter(n), n % 4),
);
laws(
  counts,
  (s, id, n) => counts.update(s, letter(n), (value) => causalCounter.add(value, id, n % 5)),
  (s, _, n) => counts.remove(s, letter(n)),
);
laws(
  nested,
  (s, id, n) =>
    nested.update(s, letter(n), (m) =>
      inner.update(m, letter(n >> 2), (v) => set.add(v, id, letter(n >> 4))),
    ),
  (s, _, n) => nested.update(s, letter(n), (m) => inner.remove(m, letter(n >> 2))),
  (s, _, n) =>
    nested.update(s, letter(n), (m) => inner.update(m, letter(n >> 2), (v) => set.remove(v, letter(n >> 4)))),
  (s, _, n) => nested.remove(s, letter(n)),
);
