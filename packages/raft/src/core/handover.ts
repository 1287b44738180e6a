import type { NodeId } from "@coterie/host";
import type { Progress } from "./progress.ts";
import type { State } from "./state.ts";

/** A leader that is handing over. While it does, proposals wait. */
export interface Handover {
  readonly to: NodeId;
  readonly since: number;
  /** When the leader gives up and goes on leading. */
  readonly deadline: number;
  /** When the successor is to be asked to campaign: again and again once it holds the whole log, since a request may be lost. */
  askAt: number;
}

/** Why a leader leads on: the successor does not answer, cannot campaign, votes no longer, or has not won in time. */
export type HandoverFailure = "unreachable" | "refused" | "no-voter" | "superseded" | "timeout";

/** Heartbeats in a row that a successor may leave unanswered before the leader gives it up. */
const silentHeartbeatsMax = 3;

/**
 * Thesis §3.10: picks the voter whose log is the furthest, and of those that are as far the one that was heard last, unless
 * one is named. Null when there is nobody.
 */
export function successor(s: State, named: NodeId | undefined): NodeId | null {
  if (named !== undefined) return mayLead(s, named) ? named : null;
  let best: NodeId | null = null;
  for (const [peer, progress] of s.progress) {
    if (!mayLead(s, peer)) continue;
    if (best === null || isFurther(progress, s.progress.get(best)!)) best = peer;
  }
  return best;
}

function isFurther(one: Progress, other: Progress): boolean {
  return one.match === other.match ? one.lastContact > other.lastContact : one.match > other.match;
}

function mayLead(s: State, peer: NodeId): boolean {
  return s.progress.has(peer) && s.members.isVoter(peer) && !s.members.isWitness(peer);
}

/** Begins to hand over. Answers to whom; null when there is nobody, or nothing to hand over. */
export function beginHandover(s: State, named: NodeId | undefined): NodeId | null {
  if (s.role !== "leader") return null;
  const to = successor(s, named);
  if (to === null || s.handover?.to === to) return to;
  giveUp(s, "superseded");
  s.handover = { to, since: s.now, deadline: s.now + s.options.electionTimeoutMs, askAt: s.now };
  // Whoever is alive answers these: silence from now on means that the successor is gone.
  s.heartbeatDeadline = s.now;
  return to;
}

/** The preferred leader, if it is another one, alive and caught up, gets the leadership. After a failure not too soon again. */
export function handToPreferred(s: State): void {
  const { members, options } = s;
  if (s.handover !== null || s.now < s.preferAgainAt || s.commit < s.termStart) return;
  if (members.isJoint || members.index > s.commit) return;
  let best: NodeId | null = null;
  let priority = members.priority(s.id);
  for (const [peer, progress] of s.progress) {
    const ready = progress.state === "replicate" && progress.match >= s.commit && mayLead(s, peer);
    const heard = s.now - progress.lastContact <= 2 * options.heartbeatIntervalMs;
    if (!ready || !heard || members.priority(peer) <= priority) continue;
    best = peer;
    priority = members.priority(peer);
  }
  if (best === null) return;
  s.preferAgainAt = s.now + 10 * options.electionTimeoutMs;
  beginHandover(s, best);
}

/** Asks the successor to campaign at once, when it holds the whole log; gives up as soon as nothing can come of it. */
export function moveHandover(s: State): void {
  const { handover, options } = s;
  if (handover === null) return;
  const progress = s.progress.get(handover.to);
  if (progress === undefined || !mayLead(s, handover.to)) return giveUp(s, "no-voter");
  const silentSince = Math.max(handover.since, progress.lastContact);
  if (s.now - silentSince > silentHeartbeatsMax * options.heartbeatIntervalMs)
    return giveUp(s, "unreachable");
  if (s.now >= handover.deadline) return giveUp(s, "timeout");
  if (s.now < handover.askAt || progress.match < s.log.lastIndex) return;
  handover.askAt = s.now + options.heartbeatIntervalMs;
  askToCampaign(s, handover.to);
}

/** The successor says that it cannot campaign. */
export function onTransferRefused(s: State, from: NodeId): void {
  if (s.handover?.to === from) giveUp(s, "refused");
}

function giveUp(s: State, reason: HandoverFailure): void {
  if (s.handover === null) return;
  s.ask({ type: "handover-failed", to: s.handover.to, reason });
  s.handover = null;
}

/** Loyalty will not stop the successor, now or whenever the request arrives: the lease ends for this term. */
export function askToCampaign(s: State, to: NodeId): void {
  s.reads.lease.revoke();
  s.send(to, { $case: "timeoutNow", value: {} });
}
