import type { NodeId } from "@coterie/host";
import type { Heartbeat, HeartbeatResponse } from "../gen/raft.ts";
import type { State } from "./state.ts";

/** A fact: whatever was committed anywhere before `at`, on this node's clock, stands at or before `index`. */
interface Fact {
  readonly at: number;
  readonly index: number;
}

/** A stamp that a follower gave, and from which round on a confirmation vouches for the index. */
interface Stamped {
  readonly stamp: number;
  readonly index: number;
  readonly round: number;
}

/** Facts and stamps that are kept. More only matter to who is far behind, and that one is stale anyway. */
const keptMax = 32;

/**
 * How far behind a member can be: what reads of bounded staleness rest on. No two clocks are compared. A follower puts a
 * stamp of its own on each answer to a heartbeat, and remembers when. A leader that gets it notes its commit index; once a
 * quorum has answered a round that left afterwards, nobody else can have committed anything before the stamp arrived
 * (§6.4 of the thesis), hence before it left; the next heartbeat gives the stamp back with that index. Facts never age:
 * no delay, no pause and no later leader makes one untrue.
 */
export class Freshness {
  /** Newer facts behind older ones, with higher indexes. */
  #facts: Fact[] = [];
  #stamps: { readonly stamp: number; readonly at: number }[] = [];
  #nextStamp: number;
  /** As a leader: stamps that wait for a round to be confirmed, and the latest ones that are. */
  readonly #waiting: Map<NodeId, Stamped> = new Map();
  readonly #confirmed: Map<NodeId, Stamped> = new Map();

  /** Stamps must never have been used in an earlier life of this node: its clock was another one then. */
  constructor(firstStamp: number) {
    this.#nextStamp = firstStamp;
  }

  /** Up to when, on this node's clock, everything committed is among what is applied up to `applied`. */
  at(applied: number): number {
    while (this.#facts.length > 1 && this.#facts[1]!.index <= applied) this.#facts.shift();
    const fact = this.#facts[0];
    return fact !== undefined && fact.index <= applied ? fact.at : Number.NEGATIVE_INFINITY;
  }

  learn(at: number, index: number): void {
    const newer = this.#facts.some((fact) => fact.at >= at && fact.index <= index);
    if (newer) return;
    this.#facts = this.#facts.filter((fact) => fact.at > at || fact.index < index);
    if (this.#facts.length >= keptMax) this.#facts.pop();
    const behind = this.#facts.findIndex((fact) => fact.at > at);
    this.#facts.splice(behind < 0 ? this.#facts.length : behind, 0, { at, index });
  }

  /** A follower answers a heartbeat. */
  stamp(now: number): number {
    const stamp = this.#nextStamp++;
    this.#stamps.push({ stamp, at: now });
    if (this.#stamps.length > keptMax) this.#stamps.shift();
    return stamp;
  }

  /** A heartbeat gives a stamp back. */
  heard({ freshStamp, freshIndex }: Heartbeat): void {
    if (freshStamp === undefined || freshIndex === undefined) return;
    const given = this.#stamps.find(({ stamp }) => stamp === freshStamp);
    if (given !== undefined) this.learn(given.at, freshIndex);
  }

  becomeLeader(): void {
    this.#waiting.clear();
    this.#confirmed.clear();
  }

  /** The leader gets a stamp. One that waits already is confirmed sooner. */
  received(s: State, from: NodeId, { stamp }: HeartbeatResponse): void {
    if (stamp === undefined || s.commit < s.termStart || this.#waiting.has(from)) return;
    this.#waiting.set(from, { stamp, index: s.commit, round: s.reads.round + 1 });
  }

  /** A quorum has answered this round. */
  confirmed(round: number): void {
    for (const [peer, stamped] of this.#waiting) {
      if (stamped.round > round) continue;
      this.#confirmed.set(peer, stamped);
      this.#waiting.delete(peer);
    }
  }

  /** What a heartbeat gives back to a follower. */
  for(peer: NodeId): Pick<Heartbeat, "freshStamp" | "freshIndex"> {
    const confirmed = this.#confirmed.get(peer);
    return confirmed ? { freshStamp: confirmed.stamp, freshIndex: confirmed.index } : {};
  }
}
