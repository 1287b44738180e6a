import type { Core, NodeId, Random } from "@coterie/host";
import type { Entry, Message, SnapshotMeta, VoteRequest } from "../gen/raft.ts";
import { applied, handOver } from "./applying.ts";
import type { FetchEffect, OwnEffect, RaftEffect, Role, StoredEffect, Written } from "./effects.ts";
import {
  becomeFollower,
  checkQuorum,
  followLeader,
  forgetLeader,
  leaderIsAlive,
  onTimeoutNow,
  onVoteRequest,
  onVoteResponse,
  ownVoteStored,
  preCampaign,
  restartElectionTimer,
} from "./election.ts";
import { fromAnotherGroup } from "./first-members.ts";
import { beginHandover, moveHandover, onTransferRefused } from "./handover.ts";
import type { Log } from "./log.ts";
import {
  type ChangeRefusal,
  changeMembers,
  leaveJoint,
  type Members,
  membersChanged,
  type WantedMembers,
} from "./membership.ts";
import { type CoreOptions, checkCoreOptions } from "./options.ts";
import { beat, disturb, mayBeAlive, peerChanged, stir } from "./quiescence.ts";
import { freshAt, leaseIndex, onReadRequest, onReadResponse } from "./reads.ts";
import {
  advanceCommit,
  onAppendRequest,
  onAppendResponse,
  onHeartbeat,
  onHeartbeatResponse,
  replicate,
} from "./replication.ts";
import { compact, install, transferred } from "./snapshots.ts";
import { type Recovered, State } from "./state.ts";

type Body = NonNullable<Message["body"]>;

/** What a look inside shows. For status pages, invariant checks and tests. */
export interface Inspection {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: number;
  readonly vote: NodeId | null;
  readonly leader: NodeId | null;
  readonly commitIndex: number;
  readonly members: Members;
  readonly log: Pick<
    Log,
    | "base"
    | "last"
    | "lastIndex"
    | "term"
    | "entry"
    | "residentFrom"
    | "residentBytes"
    | "bytesBetween"
    | "reachBack"
  >;
  /** The highest index of the log that is durable here. */
  readonly stableIndex: number;
  /** Whether term and vote are durable here as they are. */
  readonly hardStateIsDurable: boolean;
  /** Whether it neither speaks nor waits for anybody to speak. */
  readonly isQuiet: boolean;
  /** On a leader: up to where it knows a member's log to be durable and the same as its own (matchIndex). Otherwise 0. */
  matchIndex(member: NodeId): number;
}

/**
 * Raft as a pure core: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (extended
 * version, 2014), with pre-vote, check-quorum and ReadIndex of Ongaro's thesis. Each input changes the state at
 * once; what follows from it leaves at the next `drain`, so inputs that arrive together share messages and writes.
 */
export class RaftCore implements Core<Message, Written, OwnEffect> {
  readonly #s: State;

  /** Throws `OptionError`. */
  constructor(options: CoreOptions, random: Random, recovered: Recovered, now: number) {
    checkCoreOptions(options);
    this.#s = new State(options, random, recovered, now);
    restartElectionTimer(this.#s);
    // Who is alone need not wait for anybody.
    const { all } = this.#s.members;
    if (all.length === 1 && all[0] === options.id) this.#s.electionDeadline = now;
    membersChanged(this.#s);
  }

  get inspection(): Inspection {
    const { id, role, term, vote, leader, commit, log, members, persistence, progress, quiescence } = this.#s;
    return {
      id,
      role,
      term,
      vote,
      leader,
      commitIndex: commit,
      log,
      members,
      stableIndex: persistence.stable,
      hardStateIsDurable: persistence.hardStateIsDurable,
      isQuiet: quiescence.quiet,
      matchIndex: (member) => progress.get(member)?.match ?? 0,
    };
  }

  get deadline(): number {
    const s = this.#s;
    const own = Math.min(
      s.electionDeadline,
      s.heartbeatDeadline,
      s.handover?.deadline ?? Number.POSITIVE_INFINITY,
    );
    if (s.role === "leader" || s.leader === null) return own;
    return Math.min(own, s.proposals.deadline(s.term), s.reads.deadline);
  }

  advance(now: number): void {
    const s = this.#s;
    s.now = now;
    if (now >= s.heartbeatDeadline) beat(s);
    if (now < s.electionDeadline) return;
    if (s.role === "leader") checkQuorum(s);
    else preCampaign(s);
  }

  receive(from: NodeId, message: Message, now: number): void {
    const s = this.#s;
    s.now = now;
    const { body, term } = message;
    if (body === undefined || fromAnotherGroup(s, from, body)) return;
    disturb(s, from, message);
    if (body.$case === "voteRequest" && this.#owesLoyalty(from, term, body.value)) return;
    if (term > s.term && !this.#enterTerm(from, term, body)) return;
    if (term < s.term) return this.#answerStale(from, body);
    this.#handle(from, term, body);
  }

  /** Whether a request for a vote is to be ignored out of loyalty; also one for a term that this node has entered since. */
  #owesLoyalty(from: NodeId, term: number, { transfer }: VoteRequest): boolean {
    const s = this.#s;
    const voted = term === s.term && s.vote === from;
    return term >= s.term && !transfer && !voted && leaderIsAlive(s);
  }

  /** §5.1: a higher term makes a follower of anybody. False when the message is to be ignored. */
  #enterTerm(from: NodeId, term: number, body: Body): boolean {
    const s = this.#s;
    switch (body.$case) {
      case "voteRequest":
        if (!body.value.preVote) becomeFollower(s, term, null);
        return true;
      case "voteResponse":
        // A granted pre-vote carries the term that was asked for, which nobody has begun.
        if (!(body.value.preVote && body.value.granted)) becomeFollower(s, term, null);
        return true;
      case "appendRequest":
      case "heartbeat":
        becomeFollower(s, term, from);
        return true;
      default:
        becomeFollower(s, term, null);
        return true;
    }
  }

  /** A sender of an older term learns of the newer one, or it would never know why nobody listens. */
  #answerStale(from: NodeId, body: Body): void {
    const s = this.#s;
    if (body.$case === "appendRequest" || body.$case === "heartbeat") {
      const value = { rejected: true, index: 0, hintIndex: 0, hintTerm: 0, round: 0 };
      s.send(from, { $case: "appendResponse", value });
    } else if (body.$case === "voteRequest") {
      const { preVote } = body.value;
      s.send(from, { $case: "voteResponse", value: { preVote, granted: false } });
    }
  }

  #handle(from: NodeId, term: number, body: Body): void {
    const s = this.#s;
    switch (body.$case) {
      case "voteRequest":
        return onVoteRequest(s, from, term, body.value);
      case "voteResponse":
        return onVoteResponse(s, from, body.value);
      case "appendRequest":
        followLeader(s, from);
        return onAppendRequest(s, from, body.value);
      case "appendResponse":
        return onAppendResponse(s, from, body.value);
      case "heartbeat":
        followLeader(s, from);
        return onHeartbeat(s, from, body.value);
      case "heartbeatResponse":
        return onHeartbeatResponse(s, from, body.value);
      case "proposeRequest":
        return s.proposals.receive(s, from, body.value);
      case "proposeResponse":
        return s.proposals.acknowledge(s, body.value);
      case "readRequest":
        return onReadRequest(s, from, body.value);
      case "readResponse":
        return onReadResponse(s, body.value);
      case "timeoutNow":
        if (s.role === "follower" || s.role === "pre-candidate") onTimeoutNow(s, from);
        return;
      case "transferRefused":
        return onTransferRefused(s, from);
    }
  }

  /** Takes a command. It is on its way until an applied entry carries this node as origin and the returned id. */
  propose(data: Uint8Array, now: number): number {
    this.#stir(now);
    return this.#s.proposals.add(data);
  }

  /** Stops caring for a proposal. Answers whether it may still be committed. */
  forgetProposal(id: number): boolean {
    return this.#s.proposals.forget(id);
  }

  /** A ticket for a linearizable read; `read-ready` will carry it. */
  read(now: number): number {
    this.#stir(now);
    return this.#s.reads.ticket();
  }

  /** Up to where a read may be answered at once, by the leader's lease; undefined when there is none. */
  leaseIndex(now: number): number | undefined {
    this.#stir(now);
    return leaseIndex(this.#s);
  }

  /** Everything that was committed anywhere before this time of the node's clock is among what is applied up to there. */
  freshAt(applied: number, now: number): number {
    this.#s.now = now;
    return freshAt(this.#s, applied);
  }

  forgetRead(ticket: number): void {
    this.#s.reads.forget(ticket);
  }

  /** Hands the leadership to `to`, or to the voter that is furthest. Answers to whom; null when this node cannot. */
  transferLeadership(to: NodeId | undefined, now: number): NodeId | null {
    this.#stir(now);
    return beginHandover(this.#s, to);
  }

  /** Begins an election, as if the leader had been silent for long; pre-votes keep it from disturbing anybody. */
  campaign(now: number): void {
    this.#stir(now);
    if (this.#s.role !== "leader") preCampaign(this.#s);
  }

  /** The leader is known to be gone: votes for the next one who asks, as far as leases allow. False when there was none. */
  forgetLeader(now: number): boolean {
    this.#stir(now);
    return forgetLeader(this.#s);
  }

  /** Begins to change the members. Answers where the change stands in the log, or why it was refused. */
  changeMembers(wanted: WantedMembers, now: number): number | ChangeRefusal {
    this.#stir(now);
    return changeMembers(this.#s, wanted);
  }

  /** Ends a joint configuration that was to be left explicitly. Answers where that stands in the log, or why not. */
  leaveJoint(now: number): number | ChangeRefusal {
    this.#stir(now);
    return leaveJoint(this.#s);
  }

  #stir(now: number): void {
    this.#s.now = now;
    stir(this.#s);
  }

  /** The host hears of a peer's process again, or no longer. Matters only with `quiescence`. */
  peerChanged(id: NodeId, isAlive: boolean, now: number): void {
    this.#s.now = now;
    peerChanged(this.#s, id, isAlive);
  }

  /** The members as of an applied index, for a snapshot. */
  membersAt(index: number): Members {
    return this.#s.history.at(index);
  }

  /**
   * How far a follower is behind this leader's commit index; Infinity while it does not follow, or was not heard of
   * late; undefined when it is none.
   */
  lag(id: NodeId): number | undefined {
    const s = this.#s;
    const progress = s.progress.get(id);
    if (progress === undefined) return undefined;
    const follows = progress.state === "replicate" && progress.match > 0;
    const heard = mayBeAlive(s, id) || s.now - progress.lastContact < s.options.electionTimeoutMs;
    return follows && heard ? Math.max(0, s.commit - progress.match) : Number.POSITIVE_INFINITY;
  }

  /** What `stored` said has come true. */
  stored({ ticket, last }: StoredEffect, now: number): void {
    const s = this.#s;
    s.now = now;
    s.persistence.completed(ticket, last, s.log);
    ownVoteStored(s);
    advanceCommit(s);
  }

  /** What `apply` or `restore` asked for is done. */
  applied(index: number): void {
    applied(this.#s, index);
  }

  /** What `fetch` asked for was read. */
  fetched(effect: FetchEffect, entries: Entry[], now: number): void {
    const s = this.#s;
    s.now = now;
    const reader = effect.reader === s.id ? s.reader : s.progress.get(effect.reader)?.reader;
    reader?.take(s, effect, entries);
  }

  compact(index: number): void {
    compact(this.#s, index);
  }

  install(from: NodeId, meta: SnapshotMeta, now: number): void {
    this.#s.now = now;
    install(this.#s, from, meta);
  }

  transferred(to: NodeId, index: number | null, now: number): void {
    this.#s.now = now;
    transferred(this.#s, to, index);
  }

  drain(): readonly RaftEffect[] {
    const s = this.#s;
    if (s.role === "leader") moveHandover(s);
    s.proposals.flush(s);
    s.reads.flush(s);
    if (s.role === "leader") replicate(s);
    const persist = s.persistence.take(s);
    if (persist) s.outbox.push(persist);
    handOver(s);
    s.log.evict(s.persistence.stable, s.options.logCacheBytes);
    s.announce();
    return s.outbox.splice(0);
  }
}
