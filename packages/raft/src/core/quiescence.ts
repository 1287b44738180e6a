import type { NodeId } from "@coterie/host";
import type { HeartbeatResponse, Message } from "../gen/raft.ts";
import { nextInstant } from "./beats.ts";
import { restartElectionTimer } from "./election.ts";
import type { Members } from "./membership.ts";
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
// - the loss of the leader's process wakes its followers; a follower's process that is back wakes the leader, and so does
//   its loss if those that rest are no majority without it.

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
  /** The members that `#order` and `#turns` are of. */
  #members: Members | null = null;
  #order: readonly NodeId[] = [];
  #turns: number | null = null;

  changed(id: NodeId, isAlive: boolean): void {
    if (isAlive) this.lost.delete(id);
    else this.lost.add(id);
    this.#turns = null;
  }

  /** How many voters go before `id` when there is no leader. Kept, since each heartbeat asks. */
  turnsBefore(id: NodeId, members: Members, group: string): number {
    if (this.#members !== members) {
      const weigh = (voter: NodeId): number => hash(`${voter}/${group}`);
      const voters = members.voters.filter((voter) => !members.isWitness(voter));
      this.#order = voters.sort((a, b) => weigh(a) - weigh(b));
      this.#members = members;
      this.#turns = null;
    }
    this.#turns ??= this.#before(id, members);
    return this.#turns;
  }

  #before(id: NodeId, members: Members): number {
    let turns = 0;
    for (const voter of this.#order) {
      if (voter === id) break;
      if (!this.lost.has(voter) && members.priority(voter) === members.priority(id)) turns++;
    }
    return turns;
  }

  end(now: number): void {
    this.quiet = false;
    this.idleSince = now;
    this.restsFrom = null;
    // Even an empty set makes a new table when it is cleared, and this is called for every command.
    if (this.resting.size > 0) this.resting.clear();
  }
}

/** Fowler, Noll and Vo's, of 32 bits, stirred at the end: names that differ in one letter must not come in one order. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
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
  const { resting, quiet } = s.quiescence;
  s.quiescence.changed(id, isAlive);
  if (s.role === "leader") {
    if (!quiet || !s.progress.has(id)) return;
    if (!isAlive) resting.delete(id);
    // Those that rest still do, and are enough. A host that dies need not wake every group that it has a part in.
    if (isAlive || !quorumRests(s)) wake(s, id);
  } else if (!isAlive && s.leader === id) leaderLost(s);
  else if (isAlive && !quiet) takeHeart(s);
}

/** The leader's process is gone. The host has waited for an election timeout already, and nobody owes it loyalty. */
function leaderLost(s: State): void {
  s.quiescence.end(s.now);
  restartElectionTimer(s);
  s.electionDeadline -= s.options.electionTimeoutMs;
  s.leaderContact = Math.min(s.leaderContact, s.now - s.options.electionTimeoutMs);
}

// Thousands of groups that lose their leaders at once get in each other's way: candidates that meet in one group of a
// hundred would keep that one waiting for another election timeout.

/**
 * How many voters go before this one when there is no leader: an order that all members know, another one for each group,
 * so that leaders are spread over the hosts; whoever's host is lost does not count.
 */
export function turnsBefore({ id, members, options, quiescence }: State): number {
  const group = options.quiescence?.group;
  return group === undefined ? 0 : quiescence.turnsBefore(id, members, group);
}

/**
 * How widely the waits of members that go at the same time are spread, in election timeouts. A group among many leaves
 * room behind it for its election, before those go that stand back; and whoever has tried in vain waits longer.
 */
export function spread({ options, quiescence }: State): number {
  if (options.quiescence === null) return 1 / 2;
  const { attempts } = quiescence;
  return attempts === 0 ? 1 / 4 : 2 ** Math.min(attempts, attemptsMax) / 2;
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

/**
 * A leader begins, and was asked for nothing yet. Its first entry says by itself that it leads, and once that is everywhere
 * the first heartbeat may bid rest: thousands of groups that elect at once are spared half of what they would say.
 */
export function beginIdle(s: State): void {
  s.quiescence.idleSince = Number.NEGATIVE_INFINITY;
  s.heartbeatDeadline = nextBeat(s);
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
  const { afterMs = Number.POSITIVE_INFINITY } = options.quiescence ?? {};
  if (afterMs === Number.POSITIVE_INFINITY || s.now - quiescence.idleSince < afterMs) return false;
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
  const { quiescence } = s;
  if (quiescence.restsFrom === null || !mayRest(s)) return false;
  for (const peer of s.progress.keys())
    if (!quiescence.lost.has(peer) && !quiescence.resting.has(peer)) return false;
  if (!quorumRests(s)) return false;
  quiescence.quiet = true;
  s.heartbeatDeadline = Number.POSITIVE_INFINITY;
  s.electionDeadline = Number.POSITIVE_INFINITY;
  return true;
}

function quorumRests({ id, members, quiescence }: State): boolean {
  return reachedByQuorum(members, (voter) => Number(voter === id || quiescence.resting.has(voter))) > 0;
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
