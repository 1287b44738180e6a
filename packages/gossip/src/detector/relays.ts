import type { NodeId } from "@coterie/host";
import type { Watch } from "./detector.ts";

/** A look at `target` on behalf of `asker`. */
interface Relay {
  readonly asker: NodeId;
  readonly sequence: number;
  readonly target: NodeId;
  nackAt: number;
}

/** Requests that are served at a time; more come only from a cluster in distress, or an enemy. */
const relaysMax = 1_024;

/** The other end of an indirect probe: looks at a member for another one, and says so when it sees nothing either. */
export class Relays {
  readonly #watch: Watch;
  /** How long the target may take before the asker is told that nothing came. */
  readonly #patienceMs: number;
  /** By the sequence number of this member's own ping; the oldest first. */
  readonly #open = new Map<number, Relay>();
  /** Those of which the asker was told that nothing came: an answer that comes after all is still passed on. */
  readonly #late = new Map<number, Relay>();

  constructor(watch: Watch, patienceMs: number) {
    this.#watch = watch;
    this.#patienceMs = patienceMs;
  }

  /** All wait equally long, so the oldest is the next. */
  get deadline(): number {
    const [first] = this.#open.values();
    return first?.nackAt ?? Number.POSITIVE_INFINITY;
  }

  requested(asker: NodeId, sequence: number, target: NodeId, now: number): void {
    if (!this.#watch.isInService(target) || this.#open.size >= relaysMax) {
      this.#watch.send(asker, { $case: "nack", value: { sequence } });
      return;
    }
    const own = this.#watch.sequence();
    this.#open.set(own, { asker, sequence, target, nackAt: now + this.#patienceMs });
    this.#watch.send(target, { $case: "ping", value: { sequence: own, introduce: false } });
  }

  /** Whether the answer was for one that had asked. */
  acknowledged(from: NodeId, sequence: number): boolean {
    const relay = this.#open.get(sequence) ?? this.#late.get(sequence);
    if (relay === undefined || relay.target !== from) return false;
    this.#open.delete(sequence);
    this.#late.delete(sequence);
    this.#watch.send(relay.asker, { $case: "ack", value: { sequence: relay.sequence } });
    return true;
  }

  advance(now: number): void {
    for (const [own, relay] of this.#open) {
      if (relay.nackAt > now) return;
      this.#open.delete(own);
      this.#late.set(own, relay);
      const [oldest] = this.#late.keys();
      if (this.#late.size > relaysMax && oldest !== undefined) this.#late.delete(oldest);
      this.#watch.send(relay.asker, { $case: "nack", value: { sequence: relay.sequence } });
    }
  }

  postpone(ms: number): void {
    for (const relay of this.#open.values()) relay.nackAt += ms;
  }
}
