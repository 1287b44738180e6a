import type { Suite } from "@coterie/simulation";
import { createMembership, type Membership } from "../src/index.ts";

/** Says something else of itself. */
interface Call {
  readonly word: number;
}

/** The seed of all, and of itself. */
const seeds = ["sim://n1", "sim://n2"];

/** Periods are short, so that a world of twenty seconds holds many of them. */
export const settings = {
  probeIntervalMs: 200,
  probeTimeoutMs: 80,
  gossipIntervalMs: 40,
  gossipToTheDeadMs: 5_000,
  syncIntervalMs: 2_000,
  healIntervalMs: 1_000,
  stallToleranceMs: 30,
  flapHalfLifeMs: 500,
} as const;

/**
 * Membership under everything that goes wrong between machines. Once all are healthy, all come to hold each other for
 * alive, with the last word that each said of itself: nobody who is healthy and can be reached stays dead to anyone.
 */
export const suite: Suite<Membership, Call> = {
  name: "gossip",
  nodes: [2, 3, 5, 9],
  node: (host) => createMembership(host, { seeds, settings }),
  faults: ["loss", "duplicate", "reorder", "delay", "partition", "slow", "crash", "pause", "freeze", "clock"],
  heals: "all",
  calls: 20,
  workload: {
    draw: (random) => ({ word: random.between(1, 1_000) }),
    perform: (node, { word }) => node.update({ word: String(word) }),
  },
  invariants: () => {
    const words = new Map<Membership, Map<string, readonly [incarnation: number, state: number]>>();
    return [
      {
        name: "records only grow: by incarnation, then by state",
        check(node, id) {
          const seen = words.get(node) ?? new Map();
          words.set(node, seen);
          for (const { id: about, incarnation, state } of node.members()) {
            const rank = about === id ? 0 : ["alive", "suspect", "failed", "left"].indexOf(state);
            const [before, rankBefore] = seen.get(about) ?? [0, 0];
            // Who is held back for flapping is shown as failed, and alive again without another word of its own.
            const fell = rank < rankBefore && rankBefore !== 2;
            if (incarnation < before || (incarnation === before && fell))
              return `${id} took a lesser record of ${about}: ${before}/${rankBefore}, then ${incarnation}/${rank}`;
            seen.set(about, [incarnation, rank]);
          }
          return undefined;
        },
      },
      {
        name: "a node is never dead to itself",
        check: (node, id) => (node.self.state === "alive" ? undefined : `${id} is ${node.self.state}`),
      },
    ];
  },
  converged: (nodes) => {
    const views = nodes.map((node) =>
      node
        .members()
        .map(({ id, state, metadata }) => `${id} ${state} ${metadata.word}`)
        .sort()
        .join(),
    );
    return new Set(views).size === 1 && nodes[0]!.alive().length === nodes.length;
  },
};
