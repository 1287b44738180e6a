import { seededRandom } from "@coterie/host";
import { oneRumor } from "./one-rumor.ts";

/** How long one update takes to reach `share` of all nodes. */
export interface Convergence {
  readonly nodes: number;
  /** Virtual seconds, the median of the runs; a round counts in full, the first one too. */
  readonly seen: number;
  readonly expected: number;
  readonly messagesPerNode: number;
  /** Share of nodes that know after each round, the first run's. */
  readonly curve: readonly number[];
}

export const periodMs = 200;
const fanout = 3;
const share = 0.9999;

/**
 * Seconds by the mean-field model of pushing to `fanout` random nodes a round: an ignorant node stays so with
 * probability e^(-fanout i), i the share that tells.
 */
export function convergenceInTheory(nodes: number): number {
  let knowing = 1 / nodes;
  let rounds = 0;
  for (; knowing < share; rounds++) knowing += (1 - knowing) * (1 - Math.exp(-fanout * knowing));
  return (rounds * periodMs) / 1000;
}

/** One update; every node tells it to so many peers and then loses interest, as membership lists do. */
function convergeOnce(
  nodes: number,
  seed: number,
): { readonly curve: readonly number[]; readonly messages: number } {
  const random = seededRandom(seed).fork("convergence");
  const k = 4 * Math.ceil(Math.log10(nodes + 1));
  const how = { feedback: false, loss: "counter", k, fanout, periodMs, waves: true } as const;
  const { rounds, ignorant } = oneRumor(nodes, random, how);
  const curve: number[] = [];
  for (let now = 0; rounds.round(now) > 0; now += periodMs) curve.push(1 - ignorant() / nodes);
  return { curve, messages: rounds.messages };
}

export function measureConvergence(nodes: number, runs: number): Convergence {
  const all = Array.from({ length: runs }, (_, run) => convergeOnce(nodes, run + 1));
  const seconds = all
    .map(({ curve }) => ((curve.findIndex((knowing) => knowing >= share) + 1) * periodMs) / 1000)
    .sort((a, b) => a - b);
  return {
    nodes,
    seen: seconds[seconds.length >> 1]!,
    expected: convergenceInTheory(nodes),
    messagesPerNode: all[0]!.messages / nodes,
    curve: all[0]!.curve,
  };
}
