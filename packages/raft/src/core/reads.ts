import type { NodeId } from "@coterie/host";
import type { ReadRequest, ReadResponse } from "../gen/raft.ts";
import { Lease } from "./lease.ts";
import { stir } from "./quiescence.ts";
import { reachedByQuorum } from "./quorum.ts";
import { sendHeartbeats } from "./replication.ts";
import type { State } from "./state.ts";

/** Reads that were asked for together, by one node. */
interface Batch {
  readonly requester: NodeId;
  readonly ticket: number;
}

/** Batches that wait for a majority to confirm, in `round` or later, that this node still leads. */
interface Round {
  readonly round: number;
  readonly index: number;
  readonly batches: readonly Batch[];
}

/**
 * Linearizable reads without the log (§6.4 of the thesis, ReadIndex). The leader notes its commit index, has a
 * majority confirm its leadership by one round of heartbeats, and the read may be answered, by any node, once it
 * has applied that far. All reads that arrive between two drains share a ticket and a round.
 */
export class Reads {
  /** The latest round of heartbeats of this term. Appends carry it as well. */
  round = 0;
  readonly lease: Lease = new Lease();
  #nextTicket: number;
  #open: number | null = null;
  /** Local batches that the leader has been, or must be, asked about; with the time to ask again. */
  readonly #asked: Map<number, number> = new Map();
  #queue: Batch[] = [];
  #rounds: Round[] = [];

  /** Tickets must never have been used in an earlier life of this node: a late answer would be taken for a new one. */
  constructor(firstTicket: number) {
    this.#nextTicket = firstTicket;
  }

  /** A ticket for a read that is asked for now. */
  ticket(): number {
    this.#open ??= this.#nextTicket++;
    return this.#open;
  }

  /** Nobody waits for this ticket any longer. */
  forget(ticket: number): void {
    this.#asked.delete(ticket);
    if (this.#open === ticket) this.#open = null;
  }

  /** Whether nobody waits for a read. */
  get isIdle(): boolean {
    const asked = this.#open !== null || this.#asked.size > 0;
    return !asked && this.#queue.length === 0 && this.#rounds.length === 0;
  }

  /** When the leader must be asked again. */
  get deadline(): number {
    let deadline = Number.POSITIVE_INFINITY;
    for (const at of this.#asked.values()) deadline = Math.min(deadline, at);
    return deadline;
  }

  /** A follower that gets no answer asks again: the same batch waits once. */
  enqueue(requester: NodeId, ticket: number): void {
    if (this.#queue.some((batch) => batch.ticket === ticket && batch.requester === requester)) return;
    this.#queue.push({ requester, ticket });
  }

  becomeLeader(self: NodeId): void {
    this.round = 0;
    this.lease.reset();
    for (const ticket of this.#asked.keys()) this.enqueue(self, ticket);
    this.#asked.clear();
  }

  /** Own reads that were not confirmed must be asked of the next leader; those of others they will ask again. */
  stepDown(self: NodeId): void {
    for (const { requester, ticket } of [...this.#rounds.flatMap(({ batches }) => batches), ...this.#queue]) {
      if (requester === self) this.#asked.set(ticket, Number.NEGATIVE_INFINITY);
    }
    this.#rounds = [];
    this.#queue = [];
  }

  /** Another leader, or none: whatever was asked of the old one must be asked again. */
  askAgain(): void {
    for (const ticket of this.#asked.keys()) this.#asked.set(ticket, Number.NEGATIVE_INFINITY);
  }

  answered(ticket: number): boolean {
    return this.#asked.delete(ticket);
  }

  /** Moves what was asked for since the last drain on its way. */
  flush(s: State): void {
    const open = this.#open;
    this.#open = null;
    if (s.role === "leader") {
      if (open !== null) this.enqueue(s.id, open);
      this.#beginRound(s);
      return;
    }
    if (open !== null) this.#asked.set(open, Number.NEGATIVE_INFINITY);
    if (s.leader === null) return;
    for (const [ticket, at] of this.#asked) {
      if (at > s.now) continue;
      s.send(s.leader, { $case: "readRequest", value: { ticket } });
      this.#asked.set(ticket, s.now + s.options.heartbeatIntervalMs * 2);
    }
  }

  /** A leader knows what is committed only once an entry of its own term is (§8). Until then reads wait. */
  #beginRound(s: State): void {
    if (this.#queue.length === 0 || s.commit < s.termStart) return;
    this.#rounds.push({ round: this.round + 1, index: s.commit, batches: this.#queue });
    this.#queue = [];
    sendHeartbeats(s);
    confirmRounds(s);
  }

  /** Takes the rounds that are confirmed. */
  takeUpTo(round: number): Round[] {
    let count = 0;
    while (count < this.#rounds.length && this.#rounds[count]!.round <= round) count++;
    return this.#rounds.splice(0, count);
  }
}

/** Answers the reads of every round that a majority has confirmed. */
export function confirmRounds(s: State): void {
  const confirmed = reachedByQuorum(s.members, (voter) =>
    voter === s.id ? s.reads.round : (s.progress.get(voter)?.round ?? 0),
  );
  s.reads.lease.confirmed(confirmed);
  s.freshness.confirmed(confirmed);
  for (const { index, batches } of s.reads.takeUpTo(confirmed)) {
    for (const { requester, ticket } of batches) {
      if (requester === s.id) s.ask({ type: "read-ready", ticket, index });
      else answerRead(s, requester, ticket, index);
    }
  }
}

function answerRead(s: State, requester: NodeId, ticket: number, index: number): void {
  s.send(requester, { $case: "readResponse", value: { ticket, index } });
  const progress = s.progress.get(requester);
  if (progress !== undefined) progress.awaited = Math.max(progress.awaited, index);
}

/**
 * Since when, on this node's clock, something may have been committed that is not among what is applied up to `applied`.
 * A leader knows by the rounds that a quorum has answered, anybody else by what the leader gives back.
 */
export function freshAt(s: State, applied: number): number {
  const leads = s.role === "leader" && s.commit >= s.termStart && s.commit <= applied;
  return Math.max(s.freshness.at(applied), leads ? s.reads.lease.confirmedAt : Number.NEGATIVE_INFINITY);
}

/** Up to where this leader may read at once, by its lease; undefined when it has none. */
export function leaseIndex(s: State): number | undefined {
  const { electionTimeoutMs, clockDriftMax, leaseReads } = s.options;
  const leads = leaseReads && s.role === "leader" && s.commit >= s.termStart;
  return leads && s.now < s.reads.lease.until(electionTimeoutMs * (1 - clockDriftMax)) ? s.commit : undefined;
}

export function onReadRequest(s: State, from: NodeId, { ticket }: ReadRequest): void {
  if (s.role !== "leader") return;
  stir(s);
  s.reads.enqueue(from, ticket);
}

export function onReadResponse(s: State, { ticket, index }: ReadResponse): void {
  if (s.reads.answered(ticket)) s.ask({ type: "read-ready", ticket, index });
}
