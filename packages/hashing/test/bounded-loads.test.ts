import test from "ava";
import fc from "fast-check";
import {
  BoundedLoads,
  HashRing,
  InvalidKeyError,
  InvalidOptionError,
  type Key,
  NoNodesError,
  type Placement,
  Rendezvous,
} from "../src/index.ts";
import { named, subjects } from "./strategies.ts";

const small = { virtualNodes: 64, arcs: 4096 };

/** The guarantee, computed from the outside: m, the weights and epsilon are all it takes. */
function assertBounded(t: import("ava").ExecutionContext, bounded: BoundedLoads, placement: Placement): void {
  const total = placement.nodes().reduce((sum, { weight }) => sum + weight, 0);
  const loads = bounded.loads();
  t.is(
    [...loads.values()].reduce((a, b) => a + b, 0),
    bounded.size,
  );
  for (const { id, weight } of placement.nodes()) {
    const most = Math.ceil((1 + bounded.epsilon) * bounded.size * (weight / total));
    t.true(loads.get(id)! <= most, `${id} holds ${loads.get(id)} of at most ${most}`);
    t.is(bounded.bound(id), most);
  }
}

for (const { name, make } of subjects) {
  test(`${name}: no node is ever above its bound, and every key is where it is said to be`, (t) => {
    const placement = make(named(8));
    const bounded = new BoundedLoads(placement, { epsilon: 0.05 });
    const told = new Map<number, string>();
    for (let key = 0; key < 400; key++) {
      told.set(key, bounded.assign(key));
      if (key % 20 === 0) assertBounded(t, bounded, placement);
    }
    for (let key = 0; key < 300; key += 3) {
      t.true(bounded.release(key));
      told.delete(key);
      assertBounded(t, bounded, placement);
    }
    for (const { key, from, to } of bounded.moves()) {
      t.is(told.get(key as number), from);
      told.set(key as number, to);
    }
    for (const [key, node] of told) t.is(bounded.owner(key), node);
  });
}

test("whatever happens to keys and nodes, the bound holds and moves() tells all", (t) => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ assign: fc.nat(200) }) },
    { weight: 3, arbitrary: fc.record({ release: fc.nat(200) }) },
    { weight: 1, arbitrary: fc.record({ flip: fc.nat(9) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), fc.constantFrom(0.01, 0.25, 2), (steps, epsilon) => {
      const ring = new HashRing([{ id: "base", weight: 2 }, "node-0"], small);
      const bounded = new BoundedLoads(ring, { epsilon });
      const told = new Map<Key, string>();
      for (const action of steps) {
        if ("assign" in action) told.set(action.assign, bounded.assign(action.assign));
        else if ("release" in action) t.is(bounded.release(action.release), told.delete(action.release));
        else {
          const id = `node-${action.flip}`;
          if (ring.has(id)) ring.remove(id);
          else ring.add({ id, weight: 1 + (action.flip % 3) });
        }
        for (const { key, from, to } of bounded.moves()) {
          t.is(told.get(key), from);
          told.set(key, to);
        }
        assertBounded(t, bounded, ring);
        for (const [key, node] of told) t.is(bounded.owner(key), node);
      }
    }),
    { numRuns: 60 },
  );
});

test("a key goes to its owner while there is room, and then to the next of its owners", (t) => {
  const ring = new HashRing(named(5), small);
  const bounded = new BoundedLoads(ring, { epsilon: 0.25 });
  for (let key = 0; key < 500; key++) {
    const free = ring.owners(key, 5).filter((id) => {
      const most = Math.ceil((1.25 * (bounded.size + 1)) / 5);
      return bounded.loads().get(id)! < most;
    });
    t.is(bounded.assign(key), free[0]!);
  }
});

test("a joining node draws only keys that it owns, and few others move", (t) => {
  const ring = new HashRing(named(10), small);
  const bounded = new BoundedLoads(ring, { epsilon: 0.25 });
  for (let key = 0; key < 2000; key++) bounded.assign(key);
  t.deepEqual(bounded.moves(), []);
  ring.add("joiner");
  const moves = bounded.moves();
  t.true(moves.length > 100 && moves.length < 400, String(moves.length));
  t.true(moves.filter(({ to }) => to === "joiner").length > 0.8 * Math.min(moves.length, 2000 / 11));
  t.deepEqual(bounded.moves(), []);
});

test("assigning again is asking; strings, numbers and bytes are keys of their own", (t) => {
  const bounded = new BoundedLoads(new Rendezvous(named(3)));
  const keys: Key[] = ["1", 1, Uint8Array.of(49), "s1", "b1", Uint8Array.of(200, 255), "", new Uint8Array(0)];
  for (const key of keys) t.is(bounded.assign(key), bounded.assign(key));
  t.is(bounded.size, keys.length);
  for (const key of keys) t.true(bounded.release(typeof key === "object" ? key.slice() : key));
  t.is(bounded.size, 0);
});

test("hostile input: typed errors, and the ledger as it was", (t) => {
  const ring = new HashRing([], small);
  const bounded = new BoundedLoads(ring);
  t.throws(() => bounded.assign("k"), { instanceOf: NoNodesError });
  t.is(bounded.size, 0);
  t.is(bounded.owner("k"), undefined);
  t.false(bounded.release("k"));
  ring.add("a");
  for (const key of [undefined, null, 1.5, {}]) {
    t.throws(() => bounded.assign(key as Key), { instanceOf: InvalidKeyError });
    t.throws(() => bounded.release(key as Key), { instanceOf: InvalidKeyError });
    t.throws(() => bounded.owner(key as Key), { instanceOf: InvalidKeyError });
  }
  for (const epsilon of [0, -1, Number.NaN, Infinity, "1"]) {
    t.throws(() => new BoundedLoads(ring, { epsilon: epsilon as number }), {
      instanceOf: InvalidOptionError,
    });
  }
  bounded.assign("k");
  ring.remove("a");
  t.throws(() => bounded.assign("l"), { instanceOf: NoNodesError });
  ring.add("b");
  t.is(bounded.owner("k"), "b");
  t.deepEqual(bounded.moves(), [{ key: "k", from: "a", to: "b" }]);
});
