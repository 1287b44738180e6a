import type { NodeId, Random } from "@coterie/host";
import type { Pair } from "../network/network.ts";
import { happens, pick } from "../time/chance.ts";
import type { Step } from "./plan.ts";

type Cut = Extract<Step<never>, { do: "cut" }>;

/** Every pair from one group to another. */
export function between(from: readonly NodeId[], to: readonly NodeId[]): Pair[] {
  return from.flatMap((a) => to.map((b): Pair => [a, b]));
}

function bothWays(one: readonly NodeId[], other: readonly NodeId[]): Pair[] {
  return [...between(one, other), ...between(other, one)];
}

/** The ways in which a network breaks, each from the nodes in a random order. At least two nodes. */
const shapes: Readonly<Record<string, (nodes: readonly NodeId[], random: Random) => Pair[]>> = {
  "split in two": (nodes, random) => {
    const at = random.between(1, nodes.length - 1);
    return bothWays(nodes.slice(0, at), nodes.slice(at));
  },
  "one node cut off": (nodes) => bothWays(nodes.slice(0, 1), nodes.slice(1)),
  "one-way split": (nodes, random) => {
    const at = random.between(1, nodes.length - 1);
    return between(nodes.slice(0, at), nodes.slice(at));
  },
  "one node unheard": (nodes) => between(nodes.slice(0, 1), nodes.slice(1)),
  "one node deaf": (nodes) => between(nodes.slice(1), nodes.slice(0, 1)),
  // Two halves that only one node reaches both of.
  bridge: (nodes) => {
    const rest = nodes.slice(1);
    const half = rest.length >> 1;
    return bothWays(rest.slice(0, half), rest.slice(half));
  },
  // Each node sees a majority, no two the same one.
  ring: (nodes) => {
    const near = (i: number, j: number): boolean => {
      const apart = Math.abs(i - j);
      return Math.min(apart, nodes.length - apart) <= Math.max(1, nodes.length >> 2);
    };
    return nodes.flatMap((a, i) => nodes.filter((b, j) => a !== b && !near(i, j)).map((b): Pair => [a, b]));
  },
};

/** `nodes` in a random order: the first is the one that a cut around one node is about. */
export function drawCut(atMs: number, forMs: number, nodes: readonly NodeId[], random: Random): Cut {
  const shape = pick(random, Object.keys(shapes));
  const pairs = shapes[shape]!(nodes, random);
  const flapMs = happens(random, 0.2) ? random.between(50, 1_000) : 0;
  return { do: "cut", atMs, forMs, shape, pairs, flapMs };
}
