import type { NodeId } from "@coterie/host";
import { type Entry, EntryKind, type ProposeRequest, type ProposeResponse } from "../gen/raft.ts";
import { type Forwarded, Forwarding } from "./forwarding.ts";
import { appendOwn } from "./replication.ts";
import type { State } from "./state.ts";

/** A command of this node that is not known to be committed. */
interface Proposal extends Forwarded {
  /**
   * The term in which it was handed to a leader; 0 while it waits for one. Only a leader of exactly that term may
   * append it, so once an entry of a later term is committed and this is not, it never will be: entries never fall
   * in term along the log. Then it is handed to the next leader, and still happens at most once. `givenUp` when
   * nobody waits for it any longer, and no leader has it.
   */
  boundTerm: number;
}

const givenUp = -1;
/** The list of those that wait is cleaned when more of it are given up than are not. */
const givenUpMin = 64;

/**
 * Commands on their way into the log: appended by a leader, forwarded to it by everyone else. Every command
 * happens at most once while this node lives, through any number of leaders, lost and repeated messages.
 */
export class Proposals {
  /** In order of their numbers. */
  readonly #pending: Map<number, Proposal> = new Map();
  #waiting: Proposal[] = [];
  /** How many of those that wait are given up. */
  #givenUp = 0;
  /** The latest term that proposals were released for. */
  #released = 0;
  /** To the leader of the latest term that this node forwarded in. */
  #forwarding: Forwarding | null = null;
  #nextId: number;
  /** As a leader: what each follower's stream has delivered in this term. */
  readonly #taken: Map<NodeId, { epoch: number; next: number }> = new Map();

  constructor(firstId: number) {
    this.#nextId = firstId;
  }

  add(data: Uint8Array): number {
    const proposal: Proposal = { id: this.#nextId++, data, request: 0, boundTerm: 0 };
    this.#pending.set(proposal.id, proposal);
    this.#waiting.push(proposal);
    return proposal.id;
  }

  /** Nobody waits for it any longer. Answers whether it may still be committed. */
  forget(id: number): boolean {
    const proposal = this.#pending.get(id);
    this.#pending.delete(id);
    if (proposal === undefined || proposal.boundTerm > 0) return true;
    proposal.boundTerm = givenUp;
    this.#givenUp++;
    if (this.#givenUp > Math.max(givenUpMin, this.#waiting.length / 2)) this.#clean();
    return false;
  }

  #bind(proposal: Proposal, term: number): void {
    proposal.boundTerm = term;
    // A snapshot may have told of a later term than this node is in.
    this.#released = Math.min(this.#released, term);
  }

  #clean(): void {
    this.#waiting = this.#waiting.filter(({ boundTerm }) => boundTerm !== givenUp);
    this.#givenUp = 0;
  }

  /** Whether no command of this node is on its way. */
  get isIdle(): boolean {
    return this.#pending.size === 0 && (this.#forwarding?.isEmpty ?? true);
  }

  /** When what the leader of `term` has not taken must be sent again. */
  deadline(term: number): number {
    return this.#forwarding?.term === term ? this.#forwarding.deadline : Number.POSITIVE_INFINITY;
  }

  becomeLeader(): void {
    this.#forwarding = null;
    this.#taken.clear();
  }

  /** Entries are about to be applied: own ones among them have arrived. */
  settle(entries: readonly Entry[], self: NodeId): void {
    for (const entry of entries) if (entry.origin === self) this.#pending.delete(entry.id);
  }

  /** An entry of `term` is committed: whatever was bound to an earlier term, and is not settled, never will be. */
  releaseBefore(term: number): void {
    if (term <= this.#released) return;
    this.#released = term;
    const released = [...this.#pending.values()].filter(({ boundTerm }) => boundTerm > 0 && boundTerm < term);
    if (released.length === 0) return;
    for (const proposal of released) proposal.boundTerm = 0;
    this.#waiting = [...released, ...this.#waiting];
  }

  /** A snapshot of `term` stands for entries that were never seen here: takes what may have been among them. */
  takeUnknown(term: number): number[] {
    const ids = [...this.#pending.values()]
      .filter(({ boundTerm }) => boundTerm > 0 && boundTerm <= term)
      .map(({ id }) => id);
    for (const id of ids) this.#pending.delete(id);
    return ids;
  }

  /** Appends, or forwards, what waits. */
  flush(s: State): void {
    if (s.role === "leader") this.#append(s);
    else if (s.leader !== null) this.#forward(s, s.leader);
  }

  #append(s: State): void {
    if (this.#givenUp > 0) this.#clean();
    let count = 0;
    for (const proposal of this.#waiting) {
      if (!s.mayAppend) break;
      this.#bind(proposal, s.term);
      appendOwn(s, EntryKind.COMMAND, s.id, proposal.id, proposal.data);
      count++;
    }
    if (count > 0) this.#waiting = this.#waiting.slice(count);
  }

  #forward(s: State, leader: NodeId): void {
    if (this.#givenUp > 0) this.#clean();
    if (this.#forwarding?.term !== s.term) this.#forwarding = new Forwarding(s.term);
    for (const proposal of this.#waiting) {
      this.#bind(proposal, s.term);
      this.#forwarding.add(proposal);
    }
    this.#waiting = [];
    this.#forwarding.flush(s, leader);
  }

  /** A follower's proposals, at the leader. */
  receive(s: State, from: NodeId, { epoch, sequence, proposals, request }: ProposeRequest): void {
    if (s.role !== "leader") return;
    const known = this.#taken.get(from);
    const taken = known && known.epoch >= epoch ? known : { epoch, next: 1 };
    if (taken.epoch > epoch) return;
    this.#taken.set(from, taken);
    for (const [i, { id, data }] of proposals.entries()) {
      if (sequence + i !== taken.next) continue;
      if (!s.mayAppend) break;
      appendOwn(s, EntryKind.COMMAND, from, id, data);
      taken.next++;
    }
    const answered = request === undefined ? {} : { request };
    s.send(from, { $case: "proposeResponse", value: { epoch, next: taken.next, ...answered } });
  }

  acknowledge(s: State, response: ProposeResponse): void {
    if (this.#forwarding?.term === s.term) this.#forwarding.acknowledge(s, response);
  }
}
