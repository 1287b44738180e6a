import type { NodeId } from "@coterie/host";

/** Whose agreement counts: a majority of `voters`. */
export interface Configuration {
  readonly voters: readonly NodeId[];
}

export type Tally = "won" | "lost" | "pending";

export function majority(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Decides a vote from the answers so far. */
export function tally({ voters }: Configuration, votes: ReadonlyMap<NodeId, boolean>): Tally {
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const vote = votes.get(voter);
    if (vote === true) granted++;
    else if (vote === false) refused++;
  }
  if (granted >= majority(voters.length)) return "won";
  return refused > voters.length - majority(voters.length) ? "lost" : "pending";
}

/** The largest value that a majority has reached, given what each voter has reached. */
export function reachedByMajority({ voters }: Configuration, reached: (voter: NodeId) => number): number {
  if (voters.length === 0) return 0;
  const values = voters.map(reached).sort((a, b) => b - a);
  return values[majority(voters.length) - 1]!;
}
