import { seededRandom } from "@coterie/host";
import { oneRumor } from "./one-rumor.ts";
import { mean, standardError } from "./rounds.ts";

/** What rumor mongering with feedback and coin leaves unreached, for one k. */
export interface Residue {
  readonly k: number;
  /** Nodes not reached, the mean over all runs. */
  readonly seen: number;
  readonly standardError: number;
  /** From s = e^-((k+1)(1-s)). */
  readonly expected: number;
  /** Share of ignorant nodes after each round of the first run. */
  readonly curve: readonly number[];
}

/** The share that never hears of it: the root below 1 of s = e^-((k+1)(1-s)) (Demers et al. 1987, section 1.4). */
export function residueInTheory(k: number): number {
  let s = 0;
  for (let i = 0; i < 10_000; i++) s = Math.exp(-(k + 1) * (1 - s));
  return s;
}

/** One rumor among `nodes` until nobody is interested any more. Answers how many are ignorant after each round. */
export function spreadOnce(nodes: number, k: number, seed: number): readonly number[] {
  const random = seededRandom(seed).fork(`residue/${k}`);
  const how = { feedback: true, loss: "coin", k, fanout: 1, periodMs: 1, waves: false } as const;
  const { rounds, ignorant } = oneRumor(nodes, random, how);
  const curve: number[] = [];
  for (let now = 0; rounds.round(now) > 0; now++) curve.push(ignorant());
  return curve;
}

export function measureResidue(nodes: number, k: number, runs: number): Residue {
  const curves = Array.from({ length: runs }, (_, run) => spreadOnce(nodes, k, run + 1));
  const left = curves.map((curve) => curve.at(-1)!);
  return {
    k,
    seen: mean(left),
    standardError: standardError(left),
    expected: residueInTheory(k) * nodes,
    curve: curves[0]!.map((ignorant) => ignorant / nodes),
  };
}
