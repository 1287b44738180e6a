import test from "ava";
import fc from "fast-check";
import { copy, decode, encode, type MovableTree, type Move, movableTree, treeRoot } from "../src/index.ts";

const names = ["a", "b", "c", "d", "e"];
const script = fc.array(
  fc.record({
    who: fc.nat(2),
    from: fc.nat(2),
    what: fc.constantFrom("move", "move", "remove", "sync"),
    node: fc.constantFrom(...names),
    parent: fc.constantFrom(treeRoot, ...names),
  }),
  { maxLength: 40 },
);

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
