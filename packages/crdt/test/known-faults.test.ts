// Faults that other libraries had, each as the shortest history that shows it.
import test from "ava";
import { causalCounter, copy, type Lattice, orMap, orSet, text } from "../src/index.ts";

const set = orSet(text);

function merged<State>(type: Lattice<State>, ...states: State[]): State {
  const all = type.bottom();
  for (const state of states) type.merge(all, state);
  return all;
}

test("Riak 82: an element removed everywhere does not come back by a third replica", (t) => {
  const [a, b] = [set.bottom(), set.bottom()];
  set.add(a, "a", "x");
  set.add(b, "b", "x");
  const c = copy(set, a);
  set.remove(a, "x");
  set.merge(a, b);
  set.remove(b, "x");
  const result = merged(set, b, merged(set, a, c));
  t.deepEqual(set.values(result), []);
});

test("Riak 78: what a replica removed after its copy went out stays removed", (t) => {
  const [a, b] = [set.bottom(), set.bottom()];
  set.add(a, "a", "foo");
  set.add(a, "a", "bar");
  set.add(b, "b", "baz");
  const c = merged(set, a, b);
  set.remove(a, "bar");
  t.deepEqual(set.values(merged(set, a, c)).sort(), ["baz", "foo"]);
});

test("Riak 92 and 93: removing a key resets what was seen under it, and no more", (t) => {
  const map = orMap(text, set);
  const a = map.bottom();
  map.update(a, "key", (value) => set.add(value, "a", "X"));
  const b = copy(map, a);
  map.remove(a, "key");
  map.update(a, "key", (value) => set.add(value, "a", "Y"));
  map.update(b, "key", (value) => set.add(value, "b", "Z"));
  t.deepEqual(set.values(map.get(merged(map, a, b), "key")).sort(), ["Y", "Z"]);
});

test("Riak 98: a counter in a map begins anew when its key is removed and made again", (t) => {
  const map = orMap(text, causalCounter);
  const a = map.bottom();
  map.update(a, "votes", (votes) => causalCounter.add(votes, "a", 5));
  const b = copy(map, a);
  map.remove(a, "votes");
  map.update(a, "votes", (votes) => causalCounter.add(votes, "a", 1));
  map.merge(b, a);
  t.is(causalCounter.value(map.get(b, "votes")), 1);
});

test("Riak 113: a removal that arrives before the addition it removes is not lost", (t) => {
  const map = orMap(text, set);
  const a = map.bottom();
  const addition = map.update(a, "key", (value) => set.add(value, "a", "x"));
  const other = map.update(a, "other", (value) => set.add(value, "a", "y"));
  const removal = map.remove(a, "key");
  const b = map.bottom();
  for (const delta of [removal, other, map.remove(copy(map, a), "other"), addition]) map.merge(b, delta);
  t.deepEqual(map.keys(b), []);
});
