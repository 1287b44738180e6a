import type { NodeId } from "@coterie/host";

/**
 * Whose agreement counts: enough of `voters`, and while a change is under way (§6, joint consensus) enough of `outgoing`
 * as well. Enough is a majority, unless the group has said how many make an entry committed. Then elections take whatever
 * it needs to meet each of those quorums (Howard, Malkhi, Spiegelman: Flexible Paxos, 2016), and never less than a
 * majority, since two candidates may stand in one term.
 */
export interface Quorum {
  readonly voters: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
  /** How many of `voters` make an entry committed. */
  readonly commitQuorum?: number | undefined;
  /** The same of `outgoing`. */
  readonly outgoingCommitQuorum?: number | undefined;
}

export type Tally = "won" | "lost" | "pending";

export function majority(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** How many of so many voters elect a leader, who will then know of everything that is committed. */
export function electionQuorum(voters: number, commitQuorum: number = majority(voters)): number {
  return Math.max(majority(voters), voters - commitQuorum + 1);
}

/** Decides a vote from the answers so far. */
export function tally(quorum: Quorum, votes: ReadonlyMap<NodeId, boolean>): Tally {
  const { voters, outgoing, commitQuorum, outgoingCommitQuorum } = quorum;
  const one = tallyOf(voters, commitQuorum, votes);
  const other = outgoing.length === 0 ? "won" : tallyOf(outgoing, outgoingCommitQuorum, votes);
  if (one === "lost" || other === "lost") return "lost";
  return one === "won" && other === "won" ? "won" : "pending";
}

function tallyOf(
  voters: readonly NodeId[],
  commitQuorum: number | undefined,
  votes: ReadonlyMap<NodeId, boolean>,
): Tally {
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const vote = votes.get(voter);
    if (vote === true) granted++;
    else if (vote === false) refused++;
  }
  const needed = electionQuorum(voters.length, commitQuorum);
  if (voters.length > 0 && granted >= needed) return "won";
  return refused > voters.length - needed ? "lost" : "pending";
}

/**
 * The largest value that as many voters have reached as make an entry committed, given what each has reached. 0 when there
 * are no voters. Since elections meet each such set, it also tells who may still lead.
 */
export function reachedByQuorum(quorum: Quorum, reached: (voter: NodeId) => number): number {
  const { voters, outgoing, commitQuorum, outgoingCommitQuorum } = quorum;
  const one = reachedBySome(voters, commitQuorum, reached);
  return outgoing.length === 0 ? one : Math.min(one, reachedBySome(outgoing, outgoingCommitQuorum, reached));
}

function reachedBySome(
  voters: readonly NodeId[],
  commitQuorum: number | undefined,
  reached: (voter: NodeId) => number,
): number {
  if (voters.length === 0) return 0;
  const values = voters.map(reached).sort((a, b) => b - a);
  return values[(commitQuorum ?? majority(voters.length)) - 1]!;
}
