import type { Suite } from "@coterie/simulation";
import { createGossip, type Gossip } from "../src/index.ts";

/** Raises to a number. */
type Call = number;

/** What `npm run simulate -- gossip` runs. */
export const suite: Suite<Gossip, Call> = {
  name: "gossip",
  nodes: [1, 2, 3, 5],
  node: (host, nodes) => createGossip(host, { nodes }),
  workload: {
    draw: (random) => random.between(1, 1_000),
    perform: (node, call, wait) => node.raise(call, wait),
    // Raising waits for every node, and only a core of them is sure to be back: there is nothing that must succeed.
    probe: 0,
  },
  invariants: () => {
    const greatest = new Map<string, number>();
    return [
      {
        name: "what is everywhere never falls, not even by a crash",
        check: (node, id) => {
          const { everywhere = 0 } = node.metrics();
          const before = Math.max(0, ...greatest.values());
          if (everywhere > (greatest.get(id) ?? 0)) greatest.set(id, everywhere);
          return node.value < before ? `${id} has ${node.value}, and ${before} was everywhere` : undefined;
        },
      },
    ];
  },
  converged: (nodes) => new Set(nodes.map((node) => node.value)).size === 1,
};
