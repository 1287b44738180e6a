import type { NodeId, Random } from "@coterie/host";
import type { Configuration, Entry, Message } from "../gen/raft.ts";
import type { OwnEffect, RaftEffect, Role, Written } from "./effects.ts";
import { Freshness } from "./freshness.ts";
import type { Handover } from "./handover.ts";
import { invariant } from "./invariant.ts";
import type { Log, Position } from "./log.ts";
import { LogReader } from "./log-reader.ts";
import { adopt, Members, MembersHistory } from "./membership.ts";
import type { CoreOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import { Proposals } from "./proposals.ts";
import { Quiescence } from "./quiescence.ts";
import { Reads } from "./reads.ts";

/** What a node finds on its disk when it starts. */
export interface Recovered {
  readonly term: number;
  readonly vote: NodeId | null;
  readonly log: Log;
  /** The latest snapshot, or up to where a state machine on disk is known to be durable, or the start of the log. */
  readonly snapshot: Position;
  /** Where the state machine stands. Elsewhere than the snapshot only if it is on disk. */
  readonly applied: Position;
  /** The log is not what the journal says, but what follows the snapshot: the journal must be told. */
  readonly replaced: boolean;
  /** The members as of that snapshot, and where in the log they stood. */
  readonly configuration: Configuration;
  readonly configurationIndex: number;
  /** The entries behind the snapshot that change the members. */
  readonly configurations: readonly Entry[];
}

/**
 * Figure 2's state, and what is waiting to leave. Plain data: the functions of election.ts, replication.ts,
 * reads.ts, proposals.ts and snapshots.ts read and change it, one input at a time.
 */
export class State {
  readonly options: CoreOptions;
  readonly random: Random;
  readonly log: Log;
  readonly history: MembersHistory;

  // Persistent state (figure 2), as of memory; `persistence` knows how much of it is durable.
  term: number;
  vote: NodeId | null;

  // Volatile state.
  role: Role = "follower";
  leader: NodeId | null = null;
  /** Highest index known to be committed (commitIndex). */
  commit: number;
  /** Highest index handed over to be applied (lastApplied, as the core sees it). */
  handed: Position;
  /** Whether what was handed over last is still being applied. */
  applying = false;
  /** Reads what is to be handed over. */
  readonly reader: LogReader;
  readonly persistence: Persistence;

  /** The latest input's time. */
  now: number;
  /** When a follower or candidate acts next, or a leader checks its quorum. */
  electionDeadline: number = Number.POSITIVE_INFINITY;
  heartbeatDeadline: number = Number.POSITIVE_INFINITY;
  /** After a restart: until when this node is loyal to a leader that it may have forgotten. */
  readonly loyalUntil: number;
  /** When the leader was last heard; -Infinity when there is none to be loyal to. */
  leaderContact: number = Number.NEGATIVE_INFINITY;

  /** The highest round of heartbeats that was answered, and the term of its leader. */
  answered = { term: 0, round: 0 };

  // Candidates.
  votes: Map<NodeId, boolean> = new Map();
  /** Voters that have refused this candidate since they believe that the group began with others. */
  readonly strangers: Set<NodeId> = new Set();
  transfer = false;

  // Leaders.
  readonly progress: Map<NodeId, Progress> = new Map();
  /** The index of this leader's no-op: once it is committed, so is everything of earlier terms. */
  termStart = 0;
  /** Log time is `logTimeBase` plus what has passed on this leader's monotonic clock since `leaderSince`. */
  logTimeBase = 0;
  leaderSince = 0;
  uncommittedBytes = 0;
  handover: Handover | null = null;
  /** When the leadership may be handed to a preferred member again. */
  preferAgainAt = 0;

  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly freshness: Freshness;
  readonly quiescence: Quiescence = new Quiescence();
  readonly outbox: RaftEffect[] = [];
  #announced: Extract<OwnEffect, { type: "role" }> | undefined;

  constructor(options: CoreOptions, random: Random, recovered: Recovered, now: number) {
    this.options = options;
    this.random = random;
    this.log = recovered.log;
    this.history = new MembersHistory(new Members(recovered.configurationIndex, recovered.configuration));
    this.term = recovered.term;
    this.vote = recovered.vote;
    // What is applied was committed.
    this.commit = Math.max(recovered.snapshot.index, recovered.applied.index);
    this.handed = recovered.applied;
    this.reader = new LogReader(options.id);
    this.persistence = new Persistence(recovered.log.lastIndex);
    if (recovered.replaced) this.persistence.reset(recovered.snapshot);
    // Numbers of proposals and reads are never those of an earlier life of this node.
    this.proposals = new Proposals(options.epoch * 2 ** 32 + 1);
    this.reads = new Reads(options.epoch * 2 ** 32 + 1);
    this.freshness = new Freshness(options.epoch * 2 ** 32 + 1);
    this.now = now;
    const hasLived = recovered.term > 0;
    this.loyalUntil = hasLived ? now + options.electionTimeoutMs : Number.NEGATIVE_INFINITY;
    for (const entry of recovered.configurations) adopt(this, entry);
  }

  /** The configuration that holds. */
  get members(): Members {
    return this.history.current;
  }

  get id(): NodeId {
    return this.options.id;
  }

  /** Whether a leader may append commands now: not while it hands over, or too much is uncommitted. */
  get mayAppend(): boolean {
    return this.handover === null && this.uncommittedBytes < this.options.uncommittedBytesMax;
  }

  /** Says something that rests on nothing but the term and the vote. */
  send(to: NodeId, body: NonNullable<Message["body"]>, term: number = this.term): void {
    const effect: RaftEffect = { type: "send", to, message: { term, body } };
    if (this.persistence.hardStateIsDurable) this.outbox.push(effect);
    else this.persistence.whenDurable.push(effect);
  }

  /** Says something that rests on the log up to `index` as well. */
  sendOnceDurable(to: NodeId, body: NonNullable<Message["body"]>, index: number): void {
    if (index <= this.persistence.stable) this.send(to, body);
    else this.persistence.whenDurable.push({ type: "send", to, message: { term: this.term, body } });
  }

  ask(effect: OwnEffect): void {
    this.outbox.push(effect);
  }

  setTerm(term: number, vote: NodeId | null): void {
    invariant(term >= this.term, `term falls from ${this.term} to ${term}`);
    invariant(
      term > this.term || this.vote === null || this.vote === vote,
      `second vote in term ${term}: ${vote} after ${this.vote}`,
    );
    invariant(Number.isSafeInteger(term), `term ${term} is not a safe integer`);
    this.term = term;
    this.vote = vote;
    this.persistence.hardStateChanged();
  }

  commitTo(index: number): void {
    if (index <= this.commit) return;
    invariant(
      index <= this.log.lastIndex,
      `commit index ${index} is beyond the log's end, ${this.log.lastIndex}`,
    );
    this.commit = index;
  }

  proposalsUnknown(term: number): void {
    const ids = this.proposals.takeUnknown(term);
    if (ids.length > 0) this.ask({ type: "outcome-unknown", ids });
  }

  /** Says once that role, term or leader has changed since the last drain. */
  announce(): void {
    const { role, term, leader } = this;
    const last = this.#announced;
    if (role === last?.role && term === last.term && leader === last.leader) return;
    this.#announced = { type: "role", role, term, leader };
    this.ask(this.#announced);
  }
}

/**
 * How much of term, vote and log is durable. Everything is persisted in the order of tickets, and completes in that
 * order; what must wait for durability waits in `whenDurable`.
 */
export class Persistence {
  /** Highest index that is durable and still part of the log. */
  stable: number;
  whenDurable: RaftEffect[] = [];
  #ticket = 0;
  #stored = 0;
  #hardStateTicket = 0;
  #hardStateIsDirty = false;
  /** Completions of earlier tickets say nothing about entries: the log was cut after they were issued. */
  #entriesFrom = 0;
  /** The first index to persist next. */
  #unsaved: number;
  installed: Position | null = null;
  compacted: Position | null = null;

  constructor(lastIndex: number) {
    this.stable = lastIndex;
    this.#unsaved = lastIndex + 1;
  }

  get hardStateIsDurable(): boolean {
    return !this.#hardStateIsDirty && this.#stored >= this.#hardStateTicket;
  }

  hardStateChanged(): void {
    this.#hardStateIsDirty = true;
  }

  /** The log was cut before `index`. */
  truncated(index: number): void {
    this.stable = Math.min(this.stable, index - 1);
    this.#unsaved = Math.min(this.#unsaved, index);
    this.#entriesFrom = this.#ticket + 1;
  }

  /** The log was replaced by a snapshot that is durable in the snapshot store. */
  reset(meta: Position): void {
    this.truncated(meta.index + 1);
    this.stable = meta.index;
    this.#unsaved = meta.index + 1;
    this.installed = meta;
    this.compacted = null;
  }

  /** What is to be persisted now, as one effect; undefined when there is nothing and nobody waits. */
  take(state: State): RaftEffect | undefined {
    const { log } = state;
    const records: Written[] = [];
    if (this.#hardStateIsDirty) {
      records.push({
        record: { $case: "hardState" as const, value: { term: state.term, vote: state.vote ?? "" } },
      });
    }
    if (this.installed) {
      const { index, term, time } = this.installed;
      records.push({ record: { $case: "installed" as const, value: { index, term, time } } });
    }
    if (this.compacted)
      records.push({ record: { $case: "compacted" as const, value: { ...this.compacted } } });
    if (this.#unsaved <= log.lastIndex) records.push({ entries: log.from(this.#unsaved) });
    if (records.length === 0 && this.whenDurable.length === 0) return undefined;

    this.#ticket++;
    if (this.#hardStateIsDirty) this.#hardStateTicket = this.#ticket;
    this.#hardStateIsDirty = false;
    this.#unsaved = log.lastIndex + 1;
    this.installed = null;
    this.compacted = null;
    const { index, term, time } = log.last;
    const whenDurable = this.whenDurable;
    this.whenDurable = [];
    whenDurable.push({ type: "stored", ticket: this.#ticket, last: { index, term, time } });
    return { type: "persist", records, whenDurable };
  }

  /** Takes a completion. */
  completed(ticket: number, last: Position, log: Log): void {
    invariant(ticket === this.#stored + 1, `persist ${ticket} completed after ${this.#stored}`);
    this.#stored = ticket;
    if (ticket < this.#entriesFrom) return;
    if (last.index <= this.stable) return;
    invariant(
      log.term(last.index) === last.term,
      `entry ${last.index} of term ${last.term} was replaced unnoticed`,
    );
    this.stable = last.index;
  }
}
