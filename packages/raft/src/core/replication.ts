import type { NodeId } from "@coterie/host";
import {
  type AppendRequest,
  type AppendResponse,
  type Entry,
  EntryKind,
  type Heartbeat,
  type HeartbeatResponse,
} from "../gen/raft.ts";
import { invariant } from "./invariant.ts";
import { sizeOf } from "./log.ts";
import { adopt, afterCommit, membersChanged } from "./membership.ts";
import type { Progress } from "./progress.ts";
import { nextBeat, restAnswered, restWith, restWord, stir } from "./quiescence.ts";
import { reachedByQuorum } from "./quorum.ts";
import { confirmRounds } from "./reads.ts";
import type { State } from "./state.ts";

// The leader's side.

/** Appends an entry of the leader's own term. It leaves for the followers and the disk at the next drain. */
export function appendOwn(s: State, kind: EntryKind, origin: NodeId, id: number, data: Uint8Array): void {
  invariant(s.role === "leader", "only a leader appends entries of its own");
  stir(s);
  const time = s.logTimeBase + Math.max(0, Math.floor(s.now - s.leaderSince));
  const entry: Entry = { index: s.log.lastIndex + 1, term: s.term, kind, time, origin, id, data };
  s.log.append(entry);
  const proposer = s.progress.get(origin);
  if (proposer !== undefined) proposer.awaited = entry.index;
  s.uncommittedBytes += sizeOf(entry);
}

/**
 * How far a member is to be told. A witness cannot give an entry to anybody, so it hears only of what its own
 * acknowledgement would commit: as long as it holds more than another log, somebody who knows the content is of a
 * majority with it.
 */
function lastIndexFor(s: State, peer: NodeId): number {
  if (!s.members.isWitness(peer)) return s.log.lastIndex;
  return reachedByQuorum(s.members, (voter) =>
    s.members.isWitness(voter) ? s.log.lastIndex : reachedBy(s, voter),
  );
}

/** Up to where a voter holds the log durably. */
function reachedBy(s: State, voter: NodeId): number {
  return voter === s.id ? s.persistence.stable : (s.progress.get(voter)?.match ?? 0);
}

/** Sends every follower what it lacks, as far as its window allows. */
export function replicate(s: State): void {
  for (const [peer, progress] of s.progress) {
    const last = lastIndexFor(s, peer);
    if (progress.state === "probe") {
      if (!progress.probing && progress.match < last) progress.probing = sendEntries(s, peer, progress, last);
    } else if (progress.state === "replicate") {
      const { inFlightMessagesMax, inFlightBytesMax } = s.options;
      while (progress.next <= last && progress.hasRoom(inFlightMessagesMax, inFlightBytesMax)) {
        if (!sendEntries(s, peer, progress, last)) break;
      }
      if (progress.commitSent < commitToTell(s, progress)) sendHeartbeat(s, peer, progress);
    }
  }
}

/**
 * Up to where a follower should know at once that the log is committed. Among many groups a message for each write's
 * commit alone would cost as much as the write: who waits for nothing hears of it with the next request or heartbeat.
 */
function commitToTell({ commit, options }: State, { match, awaited }: Progress): number {
  return Math.min(commit, match, options.quiescence === null ? match : awaited);
}

/** One append request from `next` on. False when the follower needs a snapshot instead. */
function sendEntries(s: State, peer: NodeId, progress: Progress, last: number): boolean {
  const prevLogIndex = progress.next - 1;
  const prevLogTerm = s.log.term(prevLogIndex);
  if (prevLogTerm === undefined) {
    progress.becomeSnapshot(s.log.base.index);
    s.ask({ type: "transfer", to: peer });
    return false;
  }
  const held = entriesFor(s, progress, last);
  if (held === undefined) return false;
  const entries = s.members.isWitness(peer) ? held.map(withheld) : held;
  const value = {
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit: s.commit,
    round: s.reads.round,
    firstMembers: introduction(s, progress),
  };
  s.send(peer, { $case: "appendRequest", value });
  progress.askedAfter = s.reads.round;
  progress.commitSent = s.commit;
  if (progress.state === "replicate" && entries.length > 0) {
    const sentIndex = prevLogIndex + entries.length;
    progress.sent(sentIndex, s.log.bytesBetween(prevLogIndex, sentIndex));
  }
  return true;
}

/** What a follower needs next; undefined while the disk reads it. Where the logs agree can be asked without entries. */
function entriesFor(s: State, progress: Progress, last: number): Entry[] | undefined {
  const { messageBytesMax } = s.options;
  if (progress.state === "probe") return s.log.slice(progress.next, last, messageBytesMax) ?? [];
  return progress.reader.read(s, progress.next, last, messageBytesMax);
}

/** What the group began with, for a follower that is not known to hold anything of this leader's log. */
function introduction(s: State, { state }: Progress): string | undefined {
  return state === "probe" ? s.members.configuration.firstMembers : undefined;
}

/** An empty request where the leader believes the logs agree: a follower that lost something will say so. */
function sendProbe(s: State, peer: NodeId, progress: Progress): void {
  const prevLogIndex = progress.next - 1;
  const prevLogTerm = s.log.term(prevLogIndex);
  // What was sent is compacted by now. If it was lost, only a snapshot helps: begin from what is known to match.
  if (prevLogTerm === undefined) return progress.becomeProbe();
  const value = { prevLogIndex, prevLogTerm, entries: [], leaderCommit: s.commit, round: s.reads.round };
  s.send(peer, { $case: "appendRequest", value });
  progress.askedAfter = s.reads.round;
}

/** Begins a round: whoever answers it, or a later one, still followed this leader when it left. */
export function sendHeartbeats(s: State): void {
  s.reads.round++;
  s.reads.lease.sent(s.reads.round, s.now);
  for (const [peer, progress] of s.progress) sendHeartbeat(s, peer, progress);
  s.heartbeatDeadline = nextBeat(s);
}

function sendHeartbeat(s: State, peer: NodeId, progress: Progress): void {
  // Never a commit index beyond what the follower is known to hold: its log may still differ there.
  const leaderCommit = Math.min(s.commit, progress.match);
  progress.commitSent = Math.max(progress.commitSent, leaderCommit);
  const value = {
    leaderCommit,
    round: s.reads.round,
    firstMembers: introduction(s, progress),
    ...restWord(s, progress),
    ...s.freshness.for(peer),
  };
  s.send(peer, { $case: "heartbeat", value });
}

export function onAppendResponse(s: State, from: NodeId, response: AppendResponse): void {
  const progress = s.progress.get(from);
  if (s.role !== "leader" || progress === undefined) return;
  contacted(s, progress, response.round);
  if (response.rejected) return rejected(s, progress, response);

  invariant(
    response.index <= s.log.lastIndex,
    `${from} verified ${response.index}, beyond this leader's log`,
  );
  const news = progress.accept(response.index);
  if (progress.state === "probe" && (news || response.index === progress.next - 1))
    progress.becomeReplicate();
  else if (progress.state === "snapshot" && s.log.term(progress.match) !== undefined) progress.becomeProbe();
  if (news) advanceCommit(s);
}

/** §5.3: backs off to where the logs may agree, a whole term at a time. */
function rejected(s: State, progress: Progress, { index, hintIndex, hintTerm }: AppendResponse): void {
  const stale = progress.state === "probe" ? index !== progress.next - 1 : index <= progress.match;
  if (stale || progress.state === "snapshot") return;
  const agree = s.log.latestNotAfter(hintIndex, hintTerm);
  progress.becomeProbe(Math.min(agree, index - 1) + 1);
  // A follower that has lost what it acknowledged cannot be helped from here: do not ask again at once.
  progress.probing = progress.next - 1 === index;
}

export function onHeartbeatResponse(s: State, from: NodeId, response: HeartbeatResponse): void {
  const progress = s.progress.get(from);
  if (s.role !== "leader" || progress === undefined) return;
  contacted(s, progress, response.round);
  restAnswered(s, from, response);
  s.freshness.received(s, from, response);
  // A heartbeat that left after the last request is answered sooner: the request or its answer may have been lost. One
  // that left before says nothing of it. Asking again for each would fill a slow link with copies, and slow it further.
  if (response.round <= progress.askedAfter) return;
  progress.probing = false;
  if (progress.state === "replicate" && progress.match < lastIndexFor(s, from)) sendProbe(s, from, progress);
}

function contacted(s: State, progress: Progress, round: number): void {
  progress.lastContact = s.now;
  if (round <= progress.round) return;
  progress.round = Math.min(round, s.reads.round);
  confirmRounds(s);
}

/** §5.3 and §5.4.2: an entry of this term that a quorum holds durably is committed, and all before it. */
export function advanceCommit(s: State): void {
  if (s.role !== "leader") return;
  const index = reachedByQuorum(s.members, (voter) => reachedBy(s, voter));
  if (index <= s.commit || s.log.term(index) !== s.term) return;
  s.uncommittedBytes -= s.log.bytesBetween(Math.max(s.commit, s.termStart - 1), index);
  s.commitTo(index);
  afterCommit(s);
}

// The follower's side.

export function onAppendRequest(s: State, from: NodeId, request: AppendRequest): void {
  const { prevLogIndex, prevLogTerm, entries, leaderCommit, round } = request;
  if (!fits(s, prevLogIndex, entries)) return;
  const accept = (index: number): void =>
    s.sendOnceDurable(from, { $case: "appendResponse", value: accepted(index, round) }, index);

  // What is committed here agrees with every leader to come, and may be compacted: say how far that goes.
  if (prevLogIndex < s.commit) {
    const beyond = entries.filter((entry) => entry.index > s.commit);
    if (beyond.length === 0) return accept(s.commit);
    return onAppendRequest(s, from, {
      prevLogIndex: s.commit,
      prevLogTerm: s.log.term(s.commit)!,
      entries: beyond,
      leaderCommit,
      round,
    });
  }
  if (s.log.term(prevLogIndex) !== prevLogTerm) {
    const hintIndex = s.log.latestNotAfter(prevLogIndex, prevLogTerm);
    const value = {
      rejected: true,
      index: prevLogIndex,
      hintIndex,
      hintTerm: s.log.term(hintIndex) ?? 0,
      round,
    };
    return s.send(from, { $case: "appendResponse", value });
  }
  appendMissing(s, entries);
  // Only what this request verified is known to agree with the leader; the log may go on beyond it with something else.
  const verified = prevLogIndex + entries.length;
  s.commitTo(Math.min(leaderCommit, verified));
  accept(verified);
}

/** Cuts the log at the first entry that truly conflicts, if any, and appends what is missing. */
function appendMissing(s: State, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const term = s.log.term(entry.index);
    if (term === entry.term) continue;
    if (term !== undefined) {
      invariant(
        entry.index > s.commit,
        `a leader of term ${s.term} overwrites committed entry ${entry.index}`,
      );
      s.log.truncate(entry.index);
      s.persistence.truncated(entry.index);
      if (s.history.truncate(entry.index)) membersChanged(s);
    }
    s.log.append(entry);
    adopt(s, entry);
  }
}

/**
 * Whether entries follow each other, and are of the kind that this node keeps. A witness must not acknowledge as a full
 * member would, nor a full member apply what it was not told: whoever believes otherwise gets no answer.
 */
function fits(s: State, prevLogIndex: number, entries: readonly Entry[]): boolean {
  const refused = s.options.isWitness ? EntryKind.COMMAND : EntryKind.WITHHELD;
  let index = prevLogIndex;
  for (const entry of entries) if (entry.index !== ++index || entry.kind === refused) return false;
  return true;
}

/** An entry as a witness is told of it. */
function withheld(entry: Entry): Entry {
  if (entry.kind !== EntryKind.COMMAND) return entry;
  return { ...entry, kind: EntryKind.WITHHELD, origin: "", id: 0, data: new Uint8Array() };
}

function accepted(index: number, round: number): AppendResponse {
  return { rejected: false, index, hintIndex: 0, hintTerm: 0, round };
}

export function onHeartbeat(s: State, from: NodeId, heartbeat: Heartbeat): void {
  const { leaderCommit, round, rest } = heartbeat;
  s.commitTo(Math.min(leaderCommit, s.log.lastIndex));
  s.freshness.heard(heartbeat);
  // One that tells no more than a commit index repeats its round: an answer would tell the leader nothing.
  if (round <= s.answered.round && s.answered.term === s.term && rest !== true) return;
  s.answered = { term: s.term, round };
  const answer = rest === true ? restWith(s, from, leaderCommit) : {};
  const value = { round, stamp: s.freshness.stamp(s.now), ...answer };
  s.send(from, { $case: "heartbeatResponse", value });
}
