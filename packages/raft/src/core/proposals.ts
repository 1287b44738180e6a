import type { NodeId } from "@coterie/host";
import { type Entry, EntryKind, type ProposeRequest, type ProposeResponse } from "../gen/raft.ts";
import { sizeOf } from "./log.ts";
import { appendOwn } from "./replication.ts";
import type { State } from "./state.ts";

/** A command of this node that is not known to be committed. */
interface Proposal {
  readonly id: number;
  readonly data: Uint8Array;
  /**
   * The term in which it was handed to a leader; 0 while it waits for one. Only a leader of exactly that term may
   * append it, so once an entry of a later term is committed and this is not, it never will be: entries never fall
   * in term along the log. Then it is handed to the next leader, and still happens at most once. `givenUp` when
   * nobody waits for it any longer, and no leader has it.
   */
  boundTerm: number;
}

/** What this node has sent to the leader of one term, in order, and the leader has not taken yet. */
interface Stream {
  readonly term: number;
  readonly unacknowledged: Proposal[];
  /** The sequence number of the first of them. */
  sequence: number;
  /** How many of them are on their way, and their bytes. */
  sent: number;
  sentBytes: number;
  resendAt: number;
  /** The leader took nothing of what it was sent last: it has no room, or something before it was lost. */
  refused: boolean;
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
  #stream: Stream | null = null;
  #nextId: number;
  /** As a leader: what each follower's stream has delivered in this term. */
  readonly #taken: Map<NodeId, { epoch: number; next: number }> = new Map();

  constructor(firstId: number) {
    this.#nextId = firstId;
  }

  add(data: Uint8Array): number {
    const proposal: Proposal = { id: this.#nextId++, data, boundTerm: 0 };
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
    return this.#pending.size === 0 && (this.#stream?.unacknowledged.length ?? 0) === 0;
  }

  /** When what the leader of `term` has not taken must be sent again. */
  deadline(term: number): number {
    const stream = this.#stream;
    if (stream?.term !== term || stream.unacknowledged.length === 0) return Number.POSITIVE_INFINITY;
    return stream.resendAt;
  }

  becomeLeader(): void {
    this.#stream = null;
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
    if (this.#stream?.term !== s.term) this.#stream = newStream(s.term);
    const stream = this.#stream;
    for (const proposal of this.#waiting) {
      this.#bind(proposal, s.term);
      stream.unacknowledged.push(proposal);
    }
    this.#waiting = [];
    if (stream.unacknowledged.length === 0) return;
    const again = stream.resendAt <= s.now;
    if (again) {
      stream.sent = 0;
      stream.sentBytes = 0;
    }
    // One request now and then asks whether there is room again: everything would be too much for a leader that has none.
    if (stream.refused && !again) return;
    // A flood of proposals would leave no room on the link for what this follower owes its leader: acknowledgements.
    const windowBytes = s.options.inFlightBytesMax / 2;
    while (stream.sent < stream.unacknowledged.length && stream.sentBytes < windowBytes) {
      const proposals = fitting(stream.unacknowledged, stream.sent, s.options.messageBytesMax);
      const sequence = stream.sequence + stream.sent;
      s.send(leader, { $case: "proposeRequest", value: { epoch: s.options.epoch, sequence, proposals } });
      if (stream.sent === 0) stream.resendAt = s.now + s.options.heartbeatIntervalMs * 2;
      stream.sent += proposals.length;
      for (const proposal of proposals) stream.sentBytes += sizeOf(proposal);
      if (stream.refused) return;
    }
  }

  /** A follower's proposals, at the leader. */
  receive(s: State, from: NodeId, { epoch, sequence, proposals }: ProposeRequest): void {
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
    s.send(from, { $case: "proposeResponse", value: { epoch, next: taken.next } });
  }

  /** The leader has everything before `next`. */
  acknowledge(s: State, { epoch, next }: ProposeResponse): void {
    const stream = this.#stream;
    if (stream === null || stream.term !== s.term || epoch !== s.options.epoch) return;
    const count = Math.min(next - stream.sequence, stream.unacknowledged.length);
    if (count < 0 || stream.unacknowledged.length === 0) return;
    stream.resendAt = s.now + s.options.heartbeatIntervalMs * 2;
    stream.refused = count === 0;
    const taken = stream.unacknowledged.splice(0, count);
    for (const proposal of taken.slice(0, stream.sent)) stream.sentBytes -= sizeOf(proposal);
    stream.sequence += count;
    stream.sent = Math.max(0, stream.sent - count);
  }
}

function newStream(term: number): Stream {
  return { term, unacknowledged: [], sequence: 1, sent: 0, sentBytes: 0, resendAt: 0, refused: false };
}

function fitting(
  proposals: readonly Proposal[],
  from: number,
  bytesMax: number,
): { id: number; data: Uint8Array }[] {
  const fit = [];
  let bytes = 0;
  for (let at = from; at < proposals.length; at++) {
    const { id, data } = proposals[at]!;
    bytes += sizeOf({ data });
    if (fit.length > 0 && bytes > bytesMax) break;
    fit.push({ id, data });
  }
  return fit;
}
