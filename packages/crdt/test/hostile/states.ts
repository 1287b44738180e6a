// States and deltas of all types that stand alone, decoded and merged.
import {
  boundedCounter,
  causalCounter,
  copy,
  createDeltaSync,
  decode,
  disableWinsFlag,
  enableWinsFlag,
  encode,
  gCounter,
  gSet,
  integer,
  json,
  type Lattice,
  lwwMap,
  lwwRegister,
  maxRegister,
  mergeEncoded,
  minRegister,
  movableTree,
  mvRegister,
  number,
  orMap,
  orSet,
  pnCounter,
  removeWinsSet,
  text,
  twoPhaseSet,
} from "../../src/index.ts";
import { resealed } from "../worlds/mutations.ts";
import { hold, sameBytes, type Target, wholeOrNot } from "./target.ts";

function stateTarget<State>(type: Lattice<State>, fill: (state: State) => void): Target[] {
  const source = type.bottom();
  fill(source);
  const bytes = encode(type, source);
  const works = (state: State): "equal" | "other" => {
    const normal = copy(type, state);
    hold(type.equals(decode(type, encode(type, normal)), normal), "it is not read as it is written");
    // An event that is told otherwise here and there is a lie, which nobody can see; but all goes on.
    const here = copy(type, normal);
    type.merge(here, source);
    hold(type.equals(decode(type, encode(type, here)), here), "what is joined is not read as it is written");
    type.delta(here, source);
    return type.equals(state, source) ? "equal" : "other";
  };
  const mutate: Target["mutate"] = (changes) => resealed(bytes, changes);
  return [
    { name: `${type.name}, decoded`, mutate, take: (mutated) => works(decode(type, mutated)) },
    {
      name: `${type.name}, merged in bytes`,
      mutate,
      take(mutated) {
        const state = copy(type, source);
        wholeOrNot(
          () => encode(type, state),
          () => mergeEncoded(type, state, mutated),
        );
        const decoded = decode(type, mutated);
        const joined = copy(type, source);
        type.merge(joined, decoded);
        hold(sameBytes(encode(type, joined), encode(type, state)), "bytes join otherwise than what they say");
        return type.equals(state, source) ? "equal" : "other";
      },
    },
    deltaTarget(type, fill),
  ];
}

/** The messages of delta synchronisation. */
function deltaTarget<State>(type: Lattice<State>, fill: (state: State) => void): Target {
  const sender = createDeltaSync(type, { incarnation: 1 });
  sender.change((state) => {
    fill(state);
    return copy(type, state);
  });
  const message = sender.messageFor("b")!;
  return {
    name: `${type.name}, in a message of deltas`,
    mutate: (changes) => resealed(message, changes),
    take(mutated) {
      const receiver = createDeltaSync(type, { incarnation: 1 });
      wholeOrNot(
        () => encode(type, receiver.state),
        () => receiver.receive("a", mutated),
      );
      receiver.messageFor("c");
      return type.equals(receiver.state, sender.state) ? "equal" : "other";
    },
  };
}

const set = orSet(text);
const strict = removeWinsSet(text);
const phased = twoPhaseSet(text);
const grown = gSet(integer);
const last = lwwRegister(json);
const many = mvRegister(json);
const table = lwwMap(text, number);
const map = orMap(text, orMap(text, causalCounter));
const inner = orMap(text, causalCounter);
const trees = orMap(text, movableTree);

export const states: readonly Target[] = [
  stateTarget(gCounter, (s) => ["a", "b"].map((id) => gCounter.increment(s, id, 300))),
  stateTarget(pnCounter, (s) => [pnCounter.increment(s, "a", 3), pnCounter.decrement(s, "b", 2)]),
  stateTarget(boundedCounter, (s) => {
    boundedCounter.increment(s, "a", 9);
    boundedCounter.transfer(s, "a", "b", 4);
    boundedCounter.decrement(s, "b", 2);
  }),
  stateTarget(causalCounter, (s) => ["a", "b", "a"].map((id) => causalCounter.add(s, id, -3))),
  stateTarget(enableWinsFlag, (s) => [enableWinsFlag.enable(s, "a"), enableWinsFlag.enable(s, "b")]),
  stateTarget(disableWinsFlag, (s) => [disableWinsFlag.disable(s, "a"), disableWinsFlag.disable(s, "b")]),
  stateTarget(last, (s) => last.set(s, "a", { deep: [1] }, 5)),
  stateTarget(many, (s) => many.set(s, "a", { deep: [1, "two"] })),
  stateTarget(maxRegister, (s) => maxRegister.set(s, 7.5)),
  stateTarget(minRegister, (s) => minRegister.set(s, -7.5)),
  stateTarget(grown, (s) => [1, -2, 300].map((n) => grown.add(s, n))),
  stateTarget(phased, (s) => [phased.add(s, "x"), phased.remove(s, "y"), phased.remove(s, "x")]),
  stateTarget(set, (s) => {
    for (const element of ["x", "y", "z"]) set.add(s, "a", element);
    set.remove(s, "y");
    set.add(s, "b", "é");
  }),
  stateTarget(strict, (s) => [strict.add(s, "a", "x"), strict.remove(s, "b", "y")]),
  stateTarget(table, (s) => [table.set(s, "a", "k", 1, 5), table.remove(s, "b", "l", 6)]),
  stateTarget(map, (s) =>
    map.update(s, "k", (m) => inner.update(m, "votes", (votes) => causalCounter.add(votes, "a", -3))),
  ),
  stateTarget(movableTree, (s) => {
    movableTree.move(s, "a", "x", "");
    movableTree.move(s, "b", "y", "x");
    movableTree.remove(s, "a", "y");
  }),
  stateTarget(trees, (s) => trees.update(s, "k", (tree) => movableTree.move(tree, "a", "x", ""))),
].flat();
