import { seededRandom } from "@coterie/host";
import { RumorCore, type RumorMessage } from "../src/rumor/core.ts";
import { mean, names, Rounds, standardError } from "./rounds.ts";

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
  const ids = names(nodes);
  const core = (id: string): RumorCore<string> =>
    new RumorCore<string>({
      id,
      peers: ids,
      random,
      idOf: (item) => item,
      bytesOf: (item) => item.length,
      feedback: true,
      loss: "coin",
      k,
      fanout: 1,
      periodMs: 1,
      messageBytesMax: 1_024,
      rumorsMax: 16,
      rememberMax: 16,
      contactsMax: 64 * k,
    });
  const cores = new Map(ids.map((id) => [id, core(id)]));
  const rounds = new Rounds<RumorMessage<string>, RumorCore<string>>(cores, random, false);
  cores.get("n0")!.tell("news", 0);
  const ignorant: number[] = [];
  for (let now = 0; rounds.round(now) > 0; now++)
    ignorant.push([...cores.values()].reduce((sum, node) => sum + (node.remembers("news") ? 0 : 1), 0));
  return ignorant;
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
