import type { NodeId } from "@coterie/host";
import type { State } from "./state.ts";

/** A leader that is handing over. While it does, proposals wait. */
export interface Handover {
  readonly to: NodeId;
  /** When the leader gives up and goes on leading. */
  readonly deadline: number;
  asked: boolean;
}

/** Thesis §3.10: picks the voter whose log is the furthest, unless one is named. Null when there is nobody. */
export function successor(s: State, named: NodeId | undefined): NodeId | null {
  if (named !== undefined) return s.progress.has(named) && s.members.isVoter(named) ? named : null;
  let best: NodeId | null = null;
  for (const [peer, progress] of s.progress) {
    if (!s.members.isVoter(peer)) continue;
    if (best === null || progress.match > s.progress.get(best)!.match) best = peer;
  }
  return best;
}

/** Begins to hand over. Answers whether there is anybody to hand over to. */
export function beginHandover(s: State, named: NodeId | undefined): boolean {
  if (s.role !== "leader") return false;
  const to = successor(s, named);
  if (to === null) return false;
  if (s.handover?.to !== to) s.handover = { to, deadline: s.now + s.options.electionTimeoutMs, asked: false };
  return true;
}

/** Once the successor holds the whole log, asks it to campaign at once. */
export function moveHandover(s: State): void {
  const { handover } = s;
  if (handover === null) return;
  if (s.now >= handover.deadline) {
    s.handover = null;
    return;
  }
  const progress = s.progress.get(handover.to);
  if (handover.asked || progress === undefined || progress.match < s.log.lastIndex) return;
  handover.asked = true;
  askToCampaign(s, handover.to);
}

/** Loyalty will not stop the successor, now or whenever the request arrives: the lease ends for this term. */
export function askToCampaign(s: State, to: NodeId): void {
  s.reads.lease.revoke();
  s.send(to, { $case: "timeoutNow", value: {} });
}
