import type { NodeId } from "@coterie/host";
import type { SnapshotMeta } from "../gen/raft.ts";
import { handedTo } from "./applying.ts";
import { Members, membersChanged } from "./membership.ts";
import type { State } from "./state.ts";

/**
 * §7: a durable snapshot holds everything up to `index`, so the log need not. Entries that a slow follower may
 * still want are the caller's choice: `index` may lie before the snapshot's. What a follower that answers has not got
 * yet stays as well, or a snapshot that takes longer to arrive than the next one to be taken would be sent for ever;
 * but of that no more than `catchUpBytesMax`.
 */
export function compact(s: State, index: number): void {
  const wanted = Math.max(wantedBehind(s), s.log.reachBack(s.handed.index, s.options.catchUpBytesMax));
  const to = Math.min(index, wanted, s.handed.index, s.persistence.stable);
  if (to <= s.log.base.index) return;
  s.log.compact(to);
  s.persistence.compacted = s.log.base;
}

/** Entries behind this index are wanted by some follower that was heard lately. */
function wantedBehind(s: State): number {
  let index = s.log.lastIndex;
  for (const { match, snapshotIndex, lastContact } of s.progress.values())
    if (s.now - lastContact < s.options.electionTimeoutMs)
      index = Math.min(index, Math.max(match, snapshotIndex));
  return index;
}

/**
 * A leader's snapshot is durable in this node's snapshot store. Committed state is committed whoever sent it, so
 * the sender's term does not matter; what this node has committed beyond it stays.
 */
export function install(s: State, from: NodeId, meta: SnapshotMeta): void {
  if (s.log.term(meta.index) === meta.term) {
    // The log holds all of it already (log matching). What lies beyond may have been acknowledged: it stays.
    s.commitTo(meta.index);
  } else if (meta.index > s.commit) {
    s.proposalsUnknown(meta.term);
    s.log.reset(meta);
    s.persistence.reset(meta);
    s.commit = meta.index;
    handedTo(s, meta);
    s.applying = true;
    s.proposals.releaseBefore(meta.term);
    s.history.reset(
      new Members(meta.configurationIndex, meta.configuration ?? { voters: [], outgoing: [], learners: [] }),
    );
    membersChanged(s);
    s.ask({ type: "restore", meta });
  }
  const value = {
    rejected: false,
    index: Math.min(meta.index, s.commit),
    hintIndex: 0,
    hintTerm: 0,
    round: 0,
  };
  s.sendOnceDurable(from, { $case: "appendResponse", value }, value.index);
}

/** A transfer that `transfer` asked for has ended: the follower holds the snapshot of `index`, or it failed. */
export function transferred(s: State, to: NodeId, index: number | null): void {
  const progress = s.progress.get(to);
  if (s.role !== "leader" || progress?.state !== "snapshot") return;
  // The follower's own answer tells the leader what it holds; until then, probing from there is safe.
  progress.becomeProbe(index === null ? progress.match + 1 : index + 1);
  progress.snapshotIndex = index ?? 0;
}
