import type { NodeId } from "@coterie/host";
import type { Configuration, Message, VoteResponse } from "../gen/raft.ts";
import { onVoteResponse } from "./election.ts";
import { tally } from "./quorum.ts";
import type { State } from "./state.ts";

// Members that were given different first members would count different votes, and two of them could lead one term. So
// everybody says what the group began with where it matters: who asks for a vote, and a leader that begins with a
// follower. Configurations hand it on to members that join later.

type Body = NonNullable<Message["body"]>;

/**
 * What decides whose votes count, and how many: the same text at all members, and one that people can read. Priorities are
 * not in it: they decide nothing, and may differ while members are started again one by one.
 */
export function firstMembersOf({ voters, commitQuorum }: Configuration): string {
  const names = voters.map(({ id, witness }) => (witness ? `${id} (witness)` : id)).join(", ");
  return commitQuorum ? `${names}; ${commitQuorum} commit` : names;
}

/**
 * Whether a message comes from somebody who believes that the group began with others, which is dealt with here. Their
 * terms count for nothing.
 *
 * Who asks for votes learns from each that is refused it for that reason. It goes on as long as those that agree with it
 * may elect it, and stops once they cannot. Whom a leader reaches that believes otherwise stops at once: enough members
 * have elected that leader.
 */
export function fromAnotherGroup(s: State, from: NodeId, body: Body): boolean {
  const there = firstMembersIn(body);
  if (there === undefined) return false;
  const here = s.members.configuration.firstMembers;
  if (here === undefined || here === there) return false;
  const stops = body.$case === "voteResponse" ? lacksVotes(s, from) : body.$case !== "voteRequest";
  s.ask({ type: "disagreement", with: from, here, there, stops });
  if (body.$case === "voteRequest") refuse(s, from, body.value.preVote, here);
  else if (body.$case === "voteResponse") onVoteResponse(s, from, { ...body.value, granted: false });
  return true;
}

function firstMembersIn(body: Body): string | undefined {
  switch (body.$case) {
    case "voteRequest":
    case "voteResponse":
    case "appendRequest":
    case "heartbeat":
      return body.value.firstMembers;
    default:
      return undefined;
  }
}

function refuse(s: State, from: NodeId, preVote: boolean, firstMembers: string): void {
  const value: VoteResponse = { preVote, granted: false, firstMembers };
  s.send(from, { $case: "voteResponse", value });
}

/** One more voter disagrees: whether too few are left to elect this node. */
function lacksVotes(s: State, from: NodeId): boolean {
  s.strangers.add(from);
  return tally(s.members, new Map([...s.strangers].map((voter) => [voter, false]))) === "lost";
}
