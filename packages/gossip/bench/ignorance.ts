import { createHybridClock } from "@coterie/clocks";
import { seededRandom } from "@coterie/host";
import { AntiEntropyCore, type SyncMessage } from "../src/anti-entropy/core.ts";
import { Replica } from "../src/anti-entropy/replica.ts";
import { Standing } from "../src/anti-entropy/standing.ts";
import { names, Rounds } from "./rounds.ts";

export type Mode = "push" | "pull" | "push-pull";
export const modes: readonly Mode[] = ["push", "pull", "push-pull"];

/**
 * The share still ignorant after a round in which every node begins one exchange with a random other (Demers et al.
 * 1987, section 1.3). An ignorant node is told by nobody with probability e^-(1-p), which is 1/e once p is small; and
 * asks an ignorant one with probability p.
 */
export function nextShare(mode: Mode, p: number): number {
  const told = Math.exp(-(1 - p));
  return mode === "push" ? p * told : mode === "pull" ? p * p : p * p * told;
}

/** Rounds until less than half a node is ignorant, by that recurrence. */
export function roundsInTheory(mode: Mode, nodes: number): number {
  let rounds = 0;
  for (let p = 1 - 1 / nodes; p * nodes >= 0.5; rounds++) p = nextShare(mode, p);
  return rounds;
}

const roundMs = 1_000;

/** One update at one node. Answers the share of ignorant nodes before the first round and after each, down to 0. */
export function spreadByAntiEntropy(mode: Mode, nodes: number, seed: number): readonly number[] {
  const random = seededRandom(seed).fork(`anti-entropy/${mode}`);
  const ids = names(nodes);
  const clock = { wall: () => 1 };
  const sink = { record() {}, changed() {} };
  const limits = {
    certificateMs: roundMs,
    dormantMs: 0,
    keepsDormant: () => false,
    treeDepth: 1,
    entriesMax: 10,
  };
  const replicas = ids.map(
    (id) => new Replica(limits, { clock: createHybridClock(clock), standing: new Standing(id, 1, 10), sink }),
  );
  const cores = new Map(
    ids.map((id, i) => {
      const options = {
        id,
        peers: ids,
        random,
        mode,
        intervalMs: 0.7 * roundMs,
        answerTimeoutMs: 10 * roundMs,
      };
      return [id, new AntiEntropyCore({ ...options, messageBytesMax: 1_024 }, replicas[i]!, 0)] as const;
    }),
  );
  const rounds = new Rounds<SyncMessage, AntiEntropyCore>(cores, random, true);
  replicas[0]!.write("k", new Uint8Array(1), "n0#1", 0);
  const shares = [1 - 1 / nodes];
  for (let round = 0; shares.at(-1)! > 0; round++) {
    rounds.round(round * roundMs);
    shares.push(replicas.reduce((sum, replica) => sum + (replica.get("k") ? 0 : 1), 0) / nodes);
  }
  return shares;
}
