import type { NodeId } from "@coterie/host";

interface Penalty {
  readonly points: number;
  readonly at: number;
}

/** Members whose penalties are remembered. */
const remembered = 1_024;

/**
 * Dampens members that die and come back again and again, as routers dampen flapping routes (RFC 2439): each return
 * from the dead costs a point, half of the points are forgiven in each half-life, and whoever has more than `max` is
 * held back until it is down to half of that.
 */
export class FlapDamping {
  readonly #max: number;
  readonly #halfLifeMs: number;
  readonly #penalties = new Map<NodeId, Penalty>();

  constructor(max: number, halfLifeMs: number) {
    this.#max = max;
    this.#halfLifeMs = halfLifeMs;
  }

  /** A member came back from the dead. Answers until when it is to be held back; `now` or earlier: not at all. */
  returned(id: NodeId, now: number): number {
    const points = this.#points(id, now) + 1;
    this.#penalties.delete(id);
    this.#penalties.set(id, { points, at: now });
    const [oldest] = this.#penalties.keys();
    if (this.#penalties.size > remembered && oldest !== undefined) this.#penalties.delete(oldest);
    if (points <= this.#max) return now;
    return now + this.#halfLifeMs * Math.log2(points / (this.#max / 2));
  }

  #points(id: NodeId, now: number): number {
    const penalty = this.#penalties.get(id);
    return penalty === undefined ? 0 : penalty.points * 2 ** ((penalty.at - now) / this.#halfLifeMs);
  }
}
