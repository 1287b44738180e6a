import type { NodeId } from "@coterie/host";
import type { HeartbeatResponse, Message } from "../gen/raft.ts";
import { nextInstant } from "./beats.ts";
import { restartElectionTimer } from "./election.ts";
import type { Progress } from "./progress.ts";
import { reachedByQuorum } from "./quorum.ts";
import { sendHeartbeats } from "./replication.ts";
import type { State } from "./state.ts";

// An idle group goes quiet: its leader tells the followers to rest, and once all of them have said that they do, nobody
// of the group speaks or waits for anybody to speak. The host vouches for the lives of its peers meanwhile, for all its
// groups at once, by a heartbeat of its own.
//
// Quiescence touches liveness alone. Terms, votes, logs and leases are what they would be if every message since had
// been lost; so it is enough that whoever has a reason to act wakes everybody who may be needed:
//
// - a leader rests only when every member that is alive holds everything, knows that it is committed, and rests;
// - any other message wakes whom it reaches; a leader that wakes says so to all, by a heartbeat;
// - a follower that is woken by another than its leader asks the leader by an answer nobody asked for. If there is no
//   leader any more, no heartbeat comes, and its election timer runs again;
// - the loss of the leader's process wakes its followers, any change in a follower's process wakes the leader.

/** What a member knows of rest, beside figure 2's state. */
export class Quiescence {
  /** Neither speaks nor waits. */
  quiet = false;
  /** Peers whose process is not heard of. */
  readonly lost: Set<NodeId> = new Set();
  /** A leader: since when nothing has been asked of it. */
  idleSince: number = Number.NEGATIVE_INFINITY;
  /** A leader: the first round of heartbeats that told the followers to rest; null while none did. */
  restsFrom: number | null = null;
  /** A leader: who has answered, since then, that it rests. */
  readonly resting: Set<NodeId> = new Set();
  /** Elections that this member has begun since it last knew a leader. */
  attempts = 0;

  end(now: number): void {
    this.quiet = false;
    this.idleSince = now;
    this.restsFrom = null;
    // Even an empty set makes a new table when it is cleared, and this is called for every command.
    if (this.resting.size > 0) this.resting.clear();
  }
}

/** Something is asked of the group. */
export function stir(s: State): void {
  if (s.quiescence.quiet) wake(s, s.id);
  else s.quiescence.end(s.now);
}

function wake(s: State, by: NodeId): void {
  s.quiescence.end(s.now);
  if (s.role === "leader") {
    s.electionDeadline = s.now + s.options.electionTimeoutMs;
    return sendHeartbeats(s);
  }
  restartElectionTimer(s);
  // A leader that speaks for itself may be no leader any more. Else the host has vouched for it until now.
  if (by === s.leader || s.leader === null) return;
  s.leaderContact = s.now;
  s.send(s.leader, { $case: "heartbeatResponse", value: { round: 0 } });
}

/** A message has arrived: it wakes a quiet member, unless it is about the rest itself. */
export function disturb(s: State, from: NodeId, { term, body }: Message): void {
  if (!s.quiescence.quiet) return;
  const bidsRest = body?.$case === "heartbeat" && body.value.rest === true && from === s.leader;
  const rests = body?.$case === "heartbeatResponse" && body.value.resting === true && s.role === "leader";
  if (term !== s.term || !(bidsRest || rests)) wake(s, from);
}

/** The host hears of a peer's process again, or no longer. A process that starts again was lost in between. */
export function peerChanged(s: State, id: NodeId, isAlive: boolean): void {
  const { lost, quiet } = s.quiescence;
  if (isAlive) lost.delete(id);
  else lost.add(id);
  if (!quiet) return isAlive ? takeHeart(s) : undefined;
  if (s.role === "leader") {
    if (s.progress.has(id)) wake(s, id);
  } else if (!isAlive && s.leader === id) {
    wake(s, id);
    // The host has waited for an election timeout already.
    s.electionDeadline -= s.options.electionTimeoutMs;
  }
}

/** Thousands of groups that lose their leaders at once get in each other's way: whoever has tried in vain waits longer. */
export function patience({ options, quiescence }: State): number {
  return options.quiescence === null ? 1 : 2 ** Math.min(quiescence.attempts, attemptsMax);
}

const attemptsMax = 3;

/** Somebody is back: what was in vain before may not be now. */
function takeHeart(s: State): void {
  if (s.role === "leader" || s.leader !== null || s.quiescence.attempts < 2) return;
  s.quiescence.attempts = 0;
  restartElectionTimer(s);
}

/** Whether a member that need not answer anything would, as far as the host knows. */
export function mayBeAlive({ quiescence }: State, id: NodeId): boolean {
  return quiescence.quiet && !quiescence.lost.has(id);
}

// The leader's side.

/** When to send heartbeats next. Where a host has many groups they all fall on the same instants, and travel together. */
export function nextBeat({ now, options }: State): number {
  const { heartbeatIntervalMs, quiescence } = options;
  return quiescence === null ? now + heartbeatIntervalMs : nextInstant(now, heartbeatIntervalMs);
}

/** Heartbeats are due: they bid the followers rest, when the group is idle. */
export function beat(s: State): void {
  const { quiescence } = s;
  if (!mayRest(s)) {
    quiescence.restsFrom = null;
    quiescence.resting.clear();
  } else quiescence.restsFrom ??= s.reads.round + 1;
  if (!rest(s)) sendHeartbeats(s);
}

/** Whether nothing has been asked of this leader for long enough, and everybody alive holds everything. */
function mayRest(s: State): boolean {
  const { options, quiescence, log, commit, members } = s;
  if (options.quiescence === null || s.now - quiescence.idleSince < options.quiescence.afterMs) return false;
  if (commit !== log.lastIndex || s.handed.index !== commit || commit < s.termStart) return false;
  if (members.isJoint || s.handover !== null || !s.proposals.isIdle || !s.reads.isIdle) return false;
  for (const [peer, progress] of s.progress)
    if (!quiescence.lost.has(peer) && !holdsEverything(s, progress)) return false;
  return true;
}

function holdsEverything({ log }: State, { state, match }: Progress): boolean {
  return state === "replicate" && match === log.lastIndex;
}

/** What a heartbeat to a follower says of rest: one that lacks something must not rest, alive or not. */
export function restWord(s: State, progress: Progress): { rest?: true } {
  return s.quiescence.restsFrom !== null && holdsEverything(s, progress) ? { rest: true } : {};
}

export function restAnswered(s: State, from: NodeId, { round, resting }: HeartbeatResponse): void {
  const { quiescence } = s;
  if (quiescence.restsFrom === null || round < quiescence.restsFrom || !resting) {
    quiescence.resting.delete(from);
    return;
  }
  quiescence.resting.add(from);
  rest(s);
}

/** Goes quiet if everybody alive rests, and they are a majority. Answers whether this leader is quiet now. */
function rest(s: State): boolean {
  const { quiescence, members } = s;
  if (quiescence.restsFrom === null || !mayRest(s)) return false;
  for (const peer of s.progress.keys())
    if (!quiescence.lost.has(peer) && !quiescence.resting.has(peer)) return false;
  if (reachedByQuorum(members, (voter) => Number(voter === s.id || quiescence.resting.has(voter))) === 0)
    return false;
  quiescence.quiet = true;
  s.heartbeatDeadline = Number.POSITIVE_INFINITY;
  s.electionDeadline = Number.POSITIVE_INFINITY;
  return true;
}

// The follower's side.

/** The leader bids rest. Goes quiet if everything is here, nothing is asked of this node, and the leader's process is alive. */
export function restWith(s: State, leader: NodeId, leaderCommit: number): { resting?: true } {
  const { quiescence, log, commit } = s;
  const complete = log.lastIndex === leaderCommit && commit === leaderCommit;
  const idle = s.proposals.isIdle && s.reads.isIdle;
  quiescence.quiet = s.options.quiescence !== null && complete && idle && !quiescence.lost.has(leader);
  if (!quiescence.quiet) return {};
  s.electionDeadline = Number.POSITIVE_INFINITY;
  return { resting: true };
}
