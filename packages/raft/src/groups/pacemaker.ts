import type { Core, Effect, NodeId } from "@coterie/host";
import { nextInstant } from "../core/beats.ts";

/** What the pacemakers of two hosts say to each other: that they are alive, and since when. */
export interface Beat {
  readonly epoch: number;
}

/** A peer's process is heard of, or no longer. */
export interface PeerChange {
  readonly type: "peer";
  readonly id: NodeId;
  readonly isAlive: boolean;
}

export interface PacemakerOptions {
  /** This host's life. */
  readonly epoch: number;
  readonly intervalMs: number;
  /** A peer that was not heard of for so long is lost. */
  readonly timeoutMs: number;
}

interface Peer {
  /** The latest life of it that was heard of. */
  epoch: number;
  heardAt: number;
  isAlive: boolean;
}

/**
 * The hosts' own heartbeat, one for all their groups: says to every peer that this process is alive, and says here when
 * a peer's is heard of no longer, is again, or has started anew (then it was lost in between, and both are said).
 */
export class Pacemaker implements Core<Beat, never, PeerChange> {
  readonly #options: PacemakerOptions;
  readonly #peers: Map<NodeId, Peer> = new Map();
  #nextBeat = Number.POSITIVE_INFINITY;
  #outbox: Effect<Beat, never, PeerChange>[] = [];

  constructor(options: PacemakerOptions) {
    this.#options = options;
  }

  /** Begins to care for a peer. Until it has been silent for the timeout it counts as alive. */
  watch(id: NodeId, now: number): void {
    if (this.#peers.has(id)) return;
    this.#peers.set(id, { epoch: 0, heardAt: now, isAlive: true });
    this.#nextBeat = Math.min(this.#nextBeat, now);
  }

  unwatch(id: NodeId): void {
    this.#peers.delete(id);
    if (this.#peers.size === 0) this.#nextBeat = Number.POSITIVE_INFINITY;
  }

  isAlive(id: NodeId): boolean {
    return this.#peers.get(id)?.isAlive ?? true;
  }

  get peers(): ReadonlyMap<NodeId, { readonly isAlive: boolean }> {
    return this.#peers;
  }

  get deadline(): number {
    let deadline = this.#nextBeat;
    for (const { heardAt, isAlive } of this.#peers.values())
      if (isAlive) deadline = Math.min(deadline, heardAt + this.#options.timeoutMs);
    return deadline;
  }

  advance(now: number): void {
    const { intervalMs, timeoutMs, epoch } = this.#options;
    for (const [id, peer] of this.#peers) {
      if (peer.isAlive && now >= peer.heardAt + timeoutMs) this.#change(id, peer, false);
      if (now >= this.#nextBeat) this.#outbox.push({ type: "send", to: id, message: { epoch } });
    }
    if (now >= this.#nextBeat) this.#nextBeat = nextInstant(now, intervalMs);
  }

  receive(from: NodeId, { epoch }: Beat, now: number): void {
    const peer = this.#peers.get(from);
    // What an earlier life has said long ago says nothing about this one.
    if (peer === undefined || epoch < peer.epoch) return;
    const restarted = peer.epoch > 0 && epoch > peer.epoch;
    peer.epoch = epoch;
    peer.heardAt = now;
    if (restarted && peer.isAlive) this.#change(from, peer, false);
    if (!peer.isAlive) this.#change(from, peer, true);
  }

  #change(id: NodeId, peer: Peer, isAlive: boolean): void {
    peer.isAlive = isAlive;
    this.#outbox.push({ type: "peer", id, isAlive });
  }

  drain(): readonly Effect<Beat, never, PeerChange>[] {
    return this.#outbox.splice(0);
  }
}
