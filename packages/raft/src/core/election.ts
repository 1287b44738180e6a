import type { NodeId } from "@coterie/host";
import { EntryKind, type VoteRequest, type VoteResponse } from "../gen/raft.ts";
import { handToPreferred } from "./handover.ts";
import { invariant } from "./invariant.ts";
import { Progress } from "./progress.ts";
import { beginIdle, spread, turnsBefore } from "./quiescence.ts";
import { reachedByQuorum, tally } from "./quorum.ts";
import { appendOwn, sendHeartbeats } from "./replication.ts";
import type { State } from "./state.ts";

/**
 * §5.2: a new random timeout for every wait, so that candidates seldom meet. Members of lower priority, and those of a
 * group among many whose turn it is not, stand back by half an election timeout for each that goes before them, by one at
 * most: they go second, and are never kept from going.
 */
export function restartElectionTimer(s: State): void {
  const { electionTimeoutMs } = s.options;
  const standBack = Math.min(s.members.prioritiesAbove(s.id) + turnsBefore(s), 2) / 2;
  s.electionDeadline = s.now + electionTimeoutMs * (1 + s.random.float() * spread(s) + standBack);
}

/** Steps into `term` (or stays in it) as a follower of `leader`. */
export function becomeFollower(s: State, term: number, leader: NodeId | null): void {
  if (term > s.term) s.setTerm(term, null);
  if (s.role === "leader") s.reads.stepDown(s.id);
  s.role = "follower";
  if (s.leader !== leader) s.reads.askAgain();
  s.leader = leader;
  s.heartbeatDeadline = Number.POSITIVE_INFINITY;
  s.progress.clear();
  s.votes.clear();
  s.strangers.clear();
  s.transfer = false;
  s.handover = null;
  s.quiescence.end(s.now);
  restartElectionTimer(s);
}

/** The current leader was heard. */
export function followLeader(s: State, leader: NodeId): void {
  invariant(s.role !== "leader", `${leader} leads term ${s.term} as well`);
  if (s.role !== "follower" || s.leader !== leader) becomeFollower(s, s.term, leader);
  s.leaderContact = s.now;
  s.quiescence.attempts = 0;
  restartElectionTimer(s);
}

/**
 * §9.6 of Ongaro's thesis: asks whether an election could be won before disturbing anybody with a new term.
 * Neither term nor vote changes, here or at the others.
 */
export function preCampaign(s: State): void {
  s.quiescence.attempts++;
  becomeFollower(s, s.term, null);
  if (!mayCampaign(s)) return;
  s.role = "pre-candidate";
  s.votes.set(s.id, true);
  if (tally(s.members, s.votes) === "won") return campaign(s, false);
  requestVotes(s, true);
}

/**
 * Thesis §4.2.2: a node that its latest configuration leaves out must still begin elections until that configuration is
 * committed, since it may be the only one up-to-date enough to win. It does not count its own vote then.
 */
export function mayCampaign(s: State): boolean {
  if (s.options.isWitness || s.members.isWitness(s.id)) return false;
  return s.members.isVoter(s.id) || s.history.at(s.commit).isVoter(s.id);
}

/** §5.2: begins a new term with a vote for oneself, which counts once it is durable. */
export function campaign(s: State, transfer: boolean): void {
  becomeFollower(s, s.term, null);
  s.role = "candidate";
  s.transfer = transfer;
  s.setTerm(s.term + 1, s.id);
  requestVotes(s, false);
}

function requestVotes(s: State, preVote: boolean): void {
  const { index, term } = s.log.last;
  const { firstMembers } = s.members.configuration;
  const value = { preVote, lastLogIndex: index, lastLogTerm: term, transfer: s.transfer, firstMembers };
  for (const peer of new Set([...s.members.voters, ...s.members.outgoing])) {
    if (peer !== s.id) s.send(peer, { $case: "voteRequest", value }, preVote ? s.term + 1 : s.term);
  }
}

/** A candidate's own vote is durable. */
export function ownVoteStored(s: State): void {
  if (s.role !== "candidate" || s.votes.has(s.id) || !s.persistence.hardStateIsDurable) return;
  s.votes.set(s.id, true);
  if (tally(s.members, s.votes) === "won") becomeLeader(s);
}

/**
 * Whether this node still owes loyalty to a leader (§4.2.3 of the thesis): it heard from it within the shortest
 * election timeout, so whoever asks for votes has lost the leader, the cluster has not. A message of a higher term does
 * not end that: the leader's lease counts on it.
 */
export function leaderIsAlive(s: State): boolean {
  if (s.role === "leader" || s.now < s.loyalUntil) return true;
  return s.now - s.leaderContact < s.options.electionTimeoutMs;
}

/**
 * Somebody knows that the leader is gone: a node that forgets it votes for the next one who asks. Loyalty that a lease
 * may count on still holds. Answers whether there was a leader to forget.
 */
export function forgetLeader(s: State): boolean {
  if (s.role === "leader" || s.leader === null) return false;
  s.leader = null;
  s.reads.askAgain();
  if (!s.options.leaseReads) s.leaderContact = Number.NEGATIVE_INFINITY;
  return true;
}

/** The leader asks this node to take over: no pre-vote, and nobody's loyalty stands against it (thesis §3.10). */
export function onTimeoutNow(s: State, from: NodeId): void {
  if (mayCampaign(s)) campaign(s, true);
  else s.send(from, { $case: "transferRefused", value: {} });
}

export function onVoteRequest(s: State, from: NodeId, term: number, request: VoteRequest): void {
  const { preVote } = request;
  const mayVote = s.vote === from || (s.vote === null && s.leader === null) || (preVote && term > s.term);
  const granted = mayVote && term >= s.term && s.log.isUpToDate(request.lastLogIndex, request.lastLogTerm);
  if (granted && !preVote) {
    if (s.vote === null) s.setTerm(s.term, from);
    restartElectionTimer(s);
  }
  // A grant goes out under the term that was asked for, a refusal under ours, from which the candidate may learn.
  s.send(from, { $case: "voteResponse", value: { preVote, granted } }, granted ? term : s.term);
}

export function onVoteResponse(s: State, from: NodeId, response: VoteResponse): void {
  const awaited = response.preVote ? s.role === "pre-candidate" : s.role === "candidate";
  if (!awaited || s.votes.has(from)) return;
  s.votes.set(from, response.granted);
  const outcome = tally(s.members, s.votes);
  if (outcome === "lost") becomeFollower(s, s.term, null);
  else if (outcome === "won") {
    if (response.preVote) campaign(s, false);
    else becomeLeader(s);
  }
}

function becomeLeader(s: State): void {
  s.role = "leader";
  s.leader = s.id;
  s.votes.clear();
  s.progress.clear();
  for (const peer of s.members.all) {
    if (peer !== s.id) s.progress.set(peer, new Progress(peer, s.log.lastIndex + 1, s.now));
  }
  s.logTimeBase = s.log.last.time;
  s.leaderSince = s.now;
  s.uncommittedBytes = 0;
  s.quiescence.end(s.now);
  s.quiescence.attempts = 0;
  s.reads.becomeLeader(s.id);
  s.freshness.becomeLeader();
  s.proposals.becomeLeader();
  s.electionDeadline = s.now + s.options.electionTimeoutMs;
  // §5.4.2 and §8: only an entry of its own term lets a leader commit, and tells it what is committed.
  s.termStart = s.log.lastIndex + 1;
  appendOwn(s, EntryKind.NOOP, "", 0, new Uint8Array());
  if (s.options.quiescence === null) sendHeartbeats(s);
  else beginIdle(s);
}

/** Thesis §6.2: a leader that hears from no majority stops being one, so that its clients look elsewhere. */
export function checkQuorum(s: State): void {
  const heard = reachedByQuorum(s.members, (voter) =>
    voter === s.id ? s.now : (s.progress.get(voter)?.lastContact ?? Number.NEGATIVE_INFINITY),
  );
  if (heard <= s.now - s.options.electionTimeoutMs) return becomeFollower(s, s.term, null);
  s.electionDeadline = s.now + s.options.electionTimeoutMs / 2;
  handToPreferred(s);
}
