import type { NodeId } from "@coterie/host";

/**
 * Whose agreement counts: a majority of `voters`, and while a change is under way (§6, joint consensus) a majority of
 * `outgoing` as well.
 */
export interface Quorum {
  readonly voters: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
}

export type Tally = "won" | "lost" | "pending";

export function majority(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Decides a vote from the answers so far. */
export function tally({ voters, outgoing }: Quorum, votes: ReadonlyMap<NodeId, boolean>): Tally {
  const one = tallyOf(voters, votes);
  const other = outgoing.length === 0 ? "won" : tallyOf(outgoing, votes);
  if (one === "lost" || other === "lost") return "lost";
  return one === "won" && other === "won" ? "won" : "pending";
}

function tallyOf(voters: readonly NodeId[], votes: ReadonlyMap<NodeId, boolean>): Tally {
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const vote = votes.get(voter);
    if (vote === true) granted++;
    else if (vote === false) refused++;
  }
  if (voters.length > 0 && granted >= majority(voters.length)) return "won";
  return refused > voters.length - majority(voters.length) ? "lost" : "pending";
}

/** The largest value that a quorum has reached, given what each voter has reached. 0 when there are no voters. */
export function reachedByQuorum({ voters, outgoing }: Quorum, reached: (voter: NodeId) => number): number {
  const one = reachedByMajority(voters, reached);
  return outgoing.length === 0 ? one : Math.min(one, reachedByMajority(outgoing, reached));
}

function reachedByMajority(voters: readonly NodeId[], reached: (voter: NodeId) => number): number {
  if (voters.length === 0) return 0;
  const values = voters.map(reached).sort((a, b) => b - a);
  return values[majority(voters.length) - 1]!;
}
