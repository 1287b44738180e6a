import test from "ava";
import fc from "fast-check";
import {
  copy,
  createDocument,
  decode,
  encode,
  type MovableTree,
  type Move,
  movableTree,
  schema,
  treeRoot,
} from "../src/index.ts";

const names = ["a", "b", "c", "d", "e"];
const step = fc.record({
  who: fc.nat(2),
  from: fc.nat(2),
  what: fc.constantFrom("move", "move", "remove", "sync"),
  node: fc.constantFrom(...names),
  parent: fc.constantFrom(treeRoot, ...names),
});
const script = fc.array(step, { maxLength: 40 });

/** All moves in the order of their stamps, one after the other: what the paper says the tree is. */
function replay(moves: readonly Move[]): Map<string, string | undefined> {
  const parents = new Map<string, string | undefined>();
  const sorted = moves.toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  for (const { node, parent } of sorted) {
    let at = parent;
    while (at !== undefined && at !== node) at = parents.get(at);
    if (at !== node) parents.set(node, parent);
  }
  return parents;
}

function check(state: MovableTree): string | undefined {
  for (const [node, parent] of replay(movableTree.moves(state)))
    if (movableTree.parentOf(state, node) !== parent) return `${node} is elsewhere`;
  const seen = new Set<string>();
  const visit = (node: string): void => {
    if (seen.has(node)) throw new Error(`${node} is in two places or in a cycle`);
    seen.add(node);
    for (const child of movableTree.children(state, node)) visit(child);
  };
  visit(treeRoot);
  for (const name of names)
    if (movableTree.has(state, name) !== seen.has(name)) return `${name} is misjudged`;
  return undefined;
}

test("concurrent moves make one tree, at every moment the one of all moves in order, never a cycle", (t) => {
  fc.assert(
    fc.property(script, (steps) => {
      const states = [0, 1, 2].map(() => movableTree.bottom());
      for (const { who, from, what, node, parent } of steps) {
        const state = states[who]!;
        const before = copy(movableTree, state);
        try {
          if (what === "sync") movableTree.merge(state, states[from]!);
          else if (what === "move")
            movableTree.merge(before, movableTree.move(state, `r${who}`, node, parent));
          else movableTree.merge(before, movableTree.remove(state, `r${who}`, node));
        } catch (error) {
          t.is((error as { code?: string }).code, "CRDT_INVALID_ARGUMENT");
        }
        if (what !== "sync") t.true(movableTree.equals(before, state));
        t.is(check(state), undefined);
      }
      const all = states.map((_, first) => {
        const merged = movableTree.bottom();
        for (let i = 0; i < 3; i++) movableTree.merge(merged, states[(first + i) % 3]!);
        return encode(movableTree, merged);
      });
      t.deepEqual(all[1], all[0]);
      t.deepEqual(all[2], all[0]);
      t.is(check(decode(movableTree, all[0]!)), undefined);
    }),
    { numRuns: 500 },
  );
});

test("two moves that together would make a cycle: one of them holds", (t) => {
  const a = movableTree.bottom();
  movableTree.move(a, "a", "x", treeRoot);
  movableTree.move(a, "a", "y", treeRoot);
  const b = copy(movableTree, a);
  movableTree.move(a, "a", "x", "y");
  movableTree.move(b, "b", "y", "x");
  movableTree.merge(a, b);
  movableTree.merge(b, a);
  t.is(check(a), undefined);
  t.is(movableTree.parentOf(a, "x"), "y");
  t.is(movableTree.parentOf(a, "y"), treeRoot);
  t.true(movableTree.equals(a, b));
});

/** The nodes that hang on the root. */
const nodesOf = (state: MovableTree, node = treeRoot): string[] =>
  movableTree.children(state, node).flatMap((child) => [child, ...nodesOf(state, child)]);

test("what is stable is forgotten: one move stays for each node, and all replicas agree on the tree", (t) => {
  let forgotten = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const states = [0, 1, 2].map(() => movableTree.bottom());
      const twins = [0, 1, 2].map(() => movableTree.bottom());
      /** For each replica the time that it knows the others to have come to. */
      const known = states.map(() => [0, 0, 0]);
      /** For each replica until when, as far as it knows, the others have all moves. */
      const whole = states.map(() => [0, 0, 0]);
      const learn = (who: number, from: number): void => {
        const state = states[who]!;
        known[who]![from] = movableTree.time(states[from]!);
        movableTree.merge(state, states[from]!);
        movableTree.merge(twins[who]!, twins[from]!);
        known[who]![who] = movableTree.time(state);
        whole[who]![from] = Math.min(...known[from]!);
        whole[who]![who] = Math.min(...known[who]!);
        const before = movableTree.moves(state).length;
        movableTree.forget(state, Math.min(...whole[who]!));
        forgotten += before - movableTree.moves(state).length;
      };
      for (const [at, { who, from, what, node, parent }] of steps.entries()) {
        const both = [states[who]!, twins[who]!] as const;
        const there = nodesOf(both[0]);
        // Names stand for the nodes that there are, and now and then for a new one.
        const chosen = there[names.indexOf(node) % (there.length + 1)];
        const under = there[names.indexOf(parent) % there.length] ?? treeRoot;
        if (what === "sync" && who !== from) learn(who, from);
        else if (what === "sync")
          for (const [one, other] of [
            [0, 1],
            [1, 2],
            [2, 0],
            [0, 1],
            [1, 2],
            [2, 0],
          ] as const)
            learn(one, other);
        else if (chosen === undefined)
          for (const state of both) movableTree.move(state, `r${who}`, `${who} ${at}`, under);
        else if (what === "remove") for (const state of both) movableTree.remove(state, `r${who}`, chosen);
        else if (!both[0].store.places.isBelow(under, chosen))
          for (const state of both) movableTree.move(state, `r${who}`, chosen, under);
        for (const name of [treeRoot, ...nodesOf(both[1])])
          t.deepEqual(movableTree.children(both[0], name), movableTree.children(both[1], name));
      }
    }),
    { numRuns: 200 },
  );
  t.true(forgotten > 150, `${forgotten}`);
  const [a, b] = [movableTree.bottom(), movableTree.bottom()];
  for (let n = 0; n < 50; n++) movableTree.move(a, "a", `${n % 2}`, n > 2 && n % 2 === 1 ? "0" : treeRoot);
  movableTree.merge(b, a);
  const before = encode(movableTree, b).length;
  const delta = movableTree.forget(b, movableTree.time(a));
  t.is(movableTree.moves(b).length, 2);
  t.true(encode(movableTree, b).length < before / 5);
  movableTree.merge(a, delta);
  t.deepEqual(encode(movableTree, a), encode(movableTree, b));
  t.throws(() => movableTree.forget(a, -1), { code: "CRDT_INVALID_ARGUMENT" });
});

test("what is not there is not removed, and what is put below it is shown once it is made", (t) => {
  const state = movableTree.bottom();
  for (const node of ["unknown", "gone", "gone"]) {
    t.true(movableTree.equals(movableTree.remove(state, "a", node), movableTree.bottom()));
    t.is(movableTree.moves(state).length, 0);
  }
  t.throws(() => movableTree.remove(state, "a", treeRoot), { message: /The root does not move/ });
  movableTree.move(state, "a", "file", "folder");
  t.deepEqual([movableTree.has(state, "file"), movableTree.children(state, "folder")], [false, ["file"]]);
  movableTree.move(state, "a", "folder", treeRoot);
  t.true(movableTree.has(state, "file"));

  const document = createDocument(schema.map({ outline: schema.movableTree() }), { replica: "a" });
  document.root.outline.remove("unknown");
  t.is(document.takeUpdate(), undefined);
  t.throws(() => document.root.outline.remove(""), { message: /The root does not move/ });
});
