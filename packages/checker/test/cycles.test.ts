import test from "ava";
import { stronglyConnected } from "../src/transactions/components.ts";
import { classify, findCycles } from "../src/transactions/cycles.ts";
import { type Dependency, DependencyGraph } from "../src/transactions/graph.ts";

/** Edges as text: "0 rw 1". Nodes from `transactions` on are junctions. */
function graphOf(transactions: number, junctions: number, ...edges: string[]): DependencyGraph {
  const graph = new DependencyGraph(transactions);
  for (let node = 0; node < transactions; node++) graph.admit(node);
  for (let i = 0; i < junctions; i++) graph.junction();
  for (const edge of edges) {
    const [from, kind, to] = edge.split(" ");
    graph.add({ from: Number(from), to: Number(to), kind: kind as Dependency });
  }
  return graph;
}

const found = (graph: DependencyGraph) =>
  findCycles(graph, 10_000).found.map(({ kind, cycle }) => [kind, ...cycle.map((edge) => edge.from)]);

test("a cycle without neighbouring rw edges is found behind shorter ones that have them", (t) => {
  const graph = graphOf(
    6,
    0,
    ...["0 rw 1", "1 ww 2", "2 rw 3", "3 ww 0"],
    ...["1 rw 4", "4 ww 0", "3 rw 5", "5 ww 2"],
  );
  t.deepEqual(
    found(graph).map(([kind]) => kind),
    ["G-nonadjacent", "G2-item"],
  );
  t.deepEqual(found(graph)[0], ["G-nonadjacent", 0, 1, 2, 3]);
});

test("a junction passes on the kind of the edge that leads in", (t) => {
  t.deepEqual(found(graphOf(2, 1, "0 rw 2", "2 ww 1", "1 wr 0")), [["G-single", 0, 1]]);
  t.deepEqual(found(graphOf(3, 1, "0 rw 3", "3 ww 1", "1 rw 2", "2 ww 0")), [["G2-item", 0, 1, 2]]);
  t.deepEqual(found(graphOf(2, 1, "0 ww 2", "2 ww 1", "1 ww 0")), [["G0", 0, 1]]);
});

test("who leads into a junction and lies behind it does not precede itself", (t) => {
  t.deepEqual(found(graphOf(1, 1, "0 rw 1", "1 ww 0")), []);
  t.deepEqual(found(graphOf(2, 1, "0 rw 2", "2 ww 0", "2 ww 1")), []);
});

test("a cycle is classified by its own edges", (t) => {
  const kindOf = (...kinds: Dependency[]): string =>
    classify(kinds.map((kind, i) => ({ from: i, to: (i + 1) % kinds.length, kind })));
  t.is(kindOf("ww", "ww"), "G0");
  t.is(kindOf("ww", "wr"), "G1c");
  t.is(kindOf("rw", "wr"), "G-single");
  t.is(kindOf("rw", "ww", "rw", "wr"), "G-nonadjacent");
  t.is(kindOf("rw", "ww", "rw"), "G2-item");
  t.is(kindOf("rw", "rw"), "G2-item");
  t.is(kindOf("ww", "rt"), "G0-realtime");
  t.is(kindOf("wr", "rt"), "G1c-realtime");
  t.is(kindOf("rw", "rt"), "G-single-realtime");
  t.is(kindOf("rw", "rt", "rw", "ww"), "G2-item-realtime");
});

test("strongly connected components of a long chain of circles", (t) => {
  const n = 30_000;
  const successors = (node: number): number[] => (node % 3 === 2 ? [node - 2, node + 1] : [node + 1]);
  const components = stronglyConnected(n, (node) => successors(node).filter((next) => next < n));
  t.is(components.length, n / 3);
  for (const component of components.slice(0, 100)) {
    const [least] = component.sort((a, b) => a - b);
    t.deepEqual(component, [least!, least! + 1, least! + 2]);
  }
});
