import test from "ava";
import fc from "fast-check";
import { digestOf, keyHash } from "../../src/anti-entropy/entry.ts";
import { fanout, MerkleTree } from "../../src/anti-entropy/merkle.ts";
import type { Entry } from "../../src/gen/replica.ts";

const entry = fc
  .record({
    key: fc.string({ minLength: 1, maxLength: 4 }),
    wallMs: fc.nat(3),
    logical: fc.nat(2),
    writer: fc.constantFrom("a#1", "b#1"),
  })
  .map((e): Entry => ({ ...e, deleted: false, value: new Uint8Array(0), ageMs: 0 }));
const entries = fc.uniqueArray(entry, { selector: (e) => JSON.stringify(e), maxLength: 30 });

function treeOf(list: readonly Entry[], depth: number): MerkleTree {
  const tree = new MerkleTree(depth);
  for (const e of list) {
    const { high, low } = digestOf(e);
    tree.toggle(tree.leafOf(keyHash(e.key)), high, low);
  }
  return tree;
}

const agree = (a: MerkleTree, b: MerkleTree, node: number) => a.equals(node, b.high(node), b.low(node));

test("digests agree if and only if the entries below agree, in every node", (t) => {
  fc.assert(
    fc.property(entries, entries, fc.integer({ min: 1, max: 2 }), (left, right, depth) => {
      const a = treeOf(left, depth);
      const b = treeOf(right, depth);
      const below = (list: readonly Entry[], node: number): string => {
        const [from, to] = leavesBelow(a, node);
        return JSON.stringify(
          list
            .filter((e) => a.leafOf(keyHash(e.key)) >= from && a.leafOf(keyHash(e.key)) <= to)
            .map((e) => JSON.stringify([e.key, e.wallMs, e.logical, e.writer]))
            .sort(),
        );
      };
      for (let node = 0; node < a.size; node++)
        t.is(agree(a, b, node), below(left, node) === below(right, node), `node ${node}`);
    }),
    { numRuns: 40 },
  );
});

function leavesBelow(tree: MerkleTree, node: number): [number, number] {
  let [from, to] = [node, node];
  while (!tree.isLeaf(from)) [from, to] = [tree.firstChild(from), tree.firstChild(to) + fanout - 1];
  return [from, to];
}

test("order does not matter, and taking away undoes adding", (t) => {
  fc.assert(
    fc.property(entries, entry, (list, extra) => {
      const a = treeOf(list, 3);
      const b = treeOf([extra, ...[...list].reverse(), extra], 3);
      t.true(agree(a, b, 0));
    }),
    { numRuns: 30 },
  );
});

test("the sizes are what the depth says", (t) => {
  t.deepEqual(
    [1, 2, 3, 4].map((depth) => new MerkleTree(depth).size),
    [17, 273, 4_369, 69_905],
  );
  for (const hash of [0, 0xffff_ffff, 0x8000_0000]) {
    const tree = new MerkleTree(4);
    const leaf = tree.leafOf(hash);
    t.true(leaf >= tree.leavesFrom && leaf < tree.size);
  }
});
