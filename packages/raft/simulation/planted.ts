import type { PlantedBug } from "@coterie/simulation";
import { bug } from "./bug.ts";
import { firstMembers } from "./planted-first-members.ts";
import { groups } from "./planted-groups.ts";
import { onDisk } from "./planted-on-disk.ts";
import { quorums } from "./planted-quorums.ts";
import { roles, rolesNotFoundYet } from "./planted-roles.ts";

const votes: readonly PlantedBug[] = [
  bug(
    "vote-twice",
    "grants a vote to everyone who asks in a term",
    "core/election.ts",
    {
      find: "const mayVote = s.vote === from ||",
      replace: "const mayVote = true || s.vote === from ||",
    },
    20,
    "raft-elections",
  ),
  bug(
    "vote-forgotten",
    "does not persist term and vote",
    "core/state.ts",
    {
      find: "    this.vote = vote;\n    this.persistence.hardStateChanged();",
      replace: "    this.vote = vote;",
    },
    40,
    "raft-elections",
  ),
  bug(
    "vote-not-recovered",
    "restarts in its term without the vote it gave",
    "core/recovery.ts",
    { find: "vote: entered === this.#term ? this.#vote || null : null", replace: "vote: null" },
    40,
    "raft-elections",
  ),
  bug(
    "vote-before-sync",
    "sends votes before term and vote are durable",
    "core/state.ts",
    { find: "if (this.persistence.hardStateIsDurable) this.outbox", replace: "if (true) this.outbox" },
    150,
    "raft-elections",
  ),
  bug(
    "any-log-may-lead",
    "votes for candidates whose log is behind (§5.4.1)",
    "core/log.ts",
    {
      find: "return term > lastTerm || (term === lastTerm && index >= this.lastIndex);",
      replace: "return true;",
    },
    50,
    "raft-elections",
  ),
  bug(
    "longest-log-leads",
    "compares logs by length alone, not by the last term first",
    "core/log.ts",
    {
      find: "return term > lastTerm || (term === lastTerm && index >= this.lastIndex);",
      replace: "return index >= this.lastIndex;",
    },
    400,
    "raft-elections",
  ),
  bug(
    "half-is-a-majority",
    "takes half of the voters, rounded down, for a majority",
    "core/quorum.ts",
    { find: "return Math.floor(voters / 2) + 1;", replace: "return Math.floor(voters / 2);" },
    10,
  ),
  bug(
    "late-votes-count",
    "counts votes that were given in an earlier term",
    "core/raft.ts",
    {
      find: "if (term < s.term) return this.#answerStale(from, body);",
      replace: 'if (term < s.term && body.$case !== "voteResponse") return this.#answerStale(from, body);',
    },
    40,
    "raft-elections",
  ),
];

const replication: readonly PlantedBug[] = [
  bug(
    "reply-before-sync",
    "acknowledges entries before they are durable",
    "core/state.ts",
    {
      find: "if (index <= this.persistence.stable) this.send(to, body);",
      replace: "if (true) this.send(to, body);",
    },
    20,
  ),
  bug(
    "leader-counts-unsynced",
    "counts the leader's own entries before they are durable",
    "core/replication.ts",
    { find: "voter === s.id ? s.persistence.stable :", replace: "voter === s.id ? s.log.lastIndex :" },
    20,
  ),
  bug(
    "no-consistency-check",
    "appends whatever comes before it (§5.3)",
    "core/replication.ts",
    {
      find: "if (s.log.term(prevLogIndex) !== prevLogTerm) {",
      replace: "if (s.log.term(prevLogIndex) === undefined) {",
    },
    150,
  ),
  bug(
    "truncate-always",
    "cuts the log on every append, not at a conflict only",
    "core/replication.ts",
    {
      find: "if (term === entry.term) continue;",
      replace: "if (term === entry.term && entry.index <= s.commit) continue;",
    },
    20,
  ),
  bug(
    "truncation-keeps-stable",
    "believes durable what was cut and written anew",
    "core/state.ts",
    { find: "    this.stable = Math.min(this.stable, index - 1);\n", replace: "" },
    60,
  ),
  bug(
    "truncation-not-persisted",
    "does not write again what replaced entries that were cut",
    "core/state.ts",
    { find: "    this.#unsaved = Math.min(this.#unsaved, index);\n", replace: "" },
    100,
  ),
  bug(
    "stale-completion",
    "credits a write that ended after its entries were cut",
    "core/state.ts",
    { find: "    if (ticket < this.#entriesFrom) return;\n", replace: "" },
    80,
    "raft-elections",
  ),
  bug(
    "conflict-kept",
    "keeps its own entry where the leader's differs, and acknowledges the leader's",
    "core/replication.ts",
    { find: "if (term === entry.term) continue;", replace: "if (term !== undefined) continue;" },
    40,
    "raft-elections",
  ),
  bug(
    "acknowledge-end-of-log",
    "acknowledges its whole log, not what the request verified",
    "core/replication.ts",
    { find: "  accept(verified);", replace: "  accept(s.log.lastIndex);" },
    0,
  ),
  bug(
    "old-leader-heard",
    "takes appends of leaders of earlier terms",
    "core/raft.ts",
    {
      find: "if (term < s.term) return this.#answerStale(from, body);",
      replace: 'if (term < s.term && body.$case !== "appendRequest") return this.#answerStale(from, body);',
    },
    50,
  ),
  bug(
    "compacted-window-lost",
    "forgets a follower whose window was lost and compacted away (a bug this simulator found)",
    "core/replication.ts",
    {
      find: "if (prevLogTerm === undefined) return progress.becomeProbe();",
      replace: "if (prevLogTerm === undefined) return;",
    },
    1_500,
  ),
];

const commitment: readonly PlantedBug[] = [
  bug(
    "commit-older-term",
    "commits an entry of an earlier term by counting (§5.4.2, figure 8)",
    "core/replication.ts",
    {
      find: "if (index <= s.commit || s.log.term(index) !== s.term) return;",
      replace: "if (index <= s.commit) return;",
    },
    600,
    "raft-elections",
  ),
  bug(
    "commit-beyond-verified",
    "commits as far as its log reaches, before a request has verified any of it",
    "core/replication.ts",
    {
      find: "if (s.log.term(prevLogIndex) !== prevLogTerm) {",
      replace:
        "s.commitTo(Math.min(leaderCommit, s.log.lastIndex));\n  if (s.log.term(prevLogIndex) !== prevLogTerm) {",
    },
    60,
    "raft-elections",
  ),
  bug(
    "commit-end-of-log",
    "commits up to the end of its log, not of what the request verified",
    "core/replication.ts",
    {
      find: "s.commitTo(Math.min(leaderCommit, verified));",
      replace: "s.commitTo(Math.min(leaderCommit, s.log.lastIndex));",
    },
    0,
  ),
  bug(
    "heartbeat-commits-unmatched",
    "tells a commit index in heartbeats that the follower may not match",
    "core/replication.ts",
    {
      find: "const leaderCommit = Math.min(s.commit, progress.match);",
      replace: "const leaderCommit = s.commit;",
    },
    50,
  ),
];

const reads: readonly PlantedBug[] = [
  bug(
    "read-without-quorum",
    "answers reads without asking whether it still leads",
    "core/reads.ts",
    {
      find: "voter === s.id ? s.reads.round : (s.progress.get(voter)?.round ?? 0),",
      replace: "voter === s.id ? s.reads.round : s.reads.round,",
    },
    150,
  ),
  bug(
    "read-before-own-term",
    "answers reads before an entry of its own term is committed (§8)",
    "core/reads.ts",
    {
      find: "if (this.#queue.length === 0 || s.commit < s.termStart) return;",
      replace: "if (this.#queue.length === 0) return;",
    },
    60,
  ),
  bug(
    "read-before-applied",
    "answers a read before the entries it must see are applied",
    "applier.ts",
    {
      find: "if (index <= this.#position.index && !this.#restoring) return answer();",
      replace: "return answer();",
    },
    40,
  ),
];

const proposals: readonly PlantedBug[] = [
  bug(
    "forwarded-twice",
    "appends a forwarded command again when the request comes again",
    "core/proposals.ts",
    {
      find: "if (sequence + i !== taken.next) continue;",
      replace: "if (sequence + i > taken.next) continue;",
    },
    50,
  ),
  bug(
    "retried-too-early",
    "proposes again what may still be committed",
    "core/proposals.ts",
    {
      find: "    if (term <= this.#released) return;\n    this.#released = term;\n    const released = [...this.#pending.values()].filter(({ boundTerm }) => boundTerm > 0 && boundTerm < term);",
      replace:
        "    const released = [...this.#pending.values()].filter(({ boundTerm }) => boundTerm > 0 && boundTerm <= term);",
    },
    50,
  ),
];

const snapshots: readonly PlantedBug[] = [
  bug(
    "snapshot-cuts-acknowledged",
    "throws away what it acknowledged beyond a snapshot (§7)",
    "core/snapshots.ts",
    { find: "if (s.log.term(meta.index) === meta.term) {", replace: "if (false) {" },
    3_000,
    "raft-elections",
  ),
  bug(
    "compacts-too-much",
    "compacts entries that no durable snapshot holds",
    "core/snapshots.ts",
    {
      find: "Math.min(index, wanted, s.handed.index, s.persistence.stable)",
      replace: "Math.min(s.handed.index, s.persistence.stable)",
    },
    20,
  ),
  bug(
    "snapshot-claims-more",
    "names a snapshot after an index that its state has not reached",
    "snapshot-policy.ts",
    {
      find: "    return { index, term, time, configuration",
      replace: "    return { index: index + 1, term, time, configuration",
    },
    150,
  ),
  bug(
    "snapshot-without-sessions",
    "leaves the session table out of snapshots (thesis §6.3)",
    "../../state-machine/src/replica.ts",
    { find: "const sessions = this.#sessions.save();", replace: "const sessions = new Sessions().save();" },
    150,
  ),
  bug(
    "apply-during-restore",
    "applies entries to a state that is being replaced",
    "core/snapshots.ts",
    { find: "    s.applying = true;\n", replace: "" },
    200,
    "raft-members",
  ),
  bug(
    "replay-keeps-overwritten",
    "keeps entries on restart that later ones in the journal replaced",
    "core/recovery.ts",
    {
      find: "    const log = this.#log;\n    if (at.index <= log.lastIndex ||",
      replace:
        "    const log = this.#log;\n    if (log.term(at.index) !== undefined && at.index > log.base.index) return;\n    if (at.index <= log.lastIndex ||",
    },
    100,
  ),
];

const all: readonly PlantedBug[] = [
  ...votes,
  ...replication,
  ...commitment,
  ...reads,
  ...proposals,
  ...snapshots,
  ...roles,
  ...groups,
  ...onDisk,
  ...quorums,
  ...firstMembers,
];

/** What no run can be counted on to find. */
const elusive: ReadonlySet<string> = new Set([
  // Nothing can show these two as long as leaders find the place where logs part exactly: the first request of a term
  // that a follower accepts has cut whatever it held beyond. With a leader that goes back further than it must, as Raft
  // allows, they would show.
  "acknowledge-end-of-log",
  "commit-end-of-log",
  // Found once, in world 658 of raft-elections: an old leader's snapshot must arrive just after a new one's entries.
  "snapshot-cuts-acknowledged",
]);

/** Bugs that a simulation must find, each within a number of seeds. The switches exist here and nowhere else. */
export const planted: readonly PlantedBug[] = all.filter(({ name }) => !elusive.has(name));

/** Bugs that no simulation is sure to find. */
export const notFoundYet: readonly PlantedBug[] = [
  ...all.filter(({ name }) => elusive.has(name)),
  ...rolesNotFoundYet,
];
