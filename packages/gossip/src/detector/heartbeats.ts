import type { NodeId } from "@coterie/host";
import type { FailureDetector, Watch } from "./detector.ts";
import { PhiAccrual } from "./phi.ts";

export interface HeartbeatOptions {
  readonly probeIntervalMs: number;
}

/** Neighbours that each member watches. So each is watched by as many, and the load does not grow with the cluster. */
const watched = 5;
/** Wrong once in 10^8 heartbeats. */
const threshold = 8;
const samplesMax = 200;

/** A neighbour. */
interface Watched {
  readonly accrual: PhiAccrual;
  /** Questions that were not answered yet; the last ones are enough. */
  sequence: number;
  suspected: boolean;
}

/**
 * Phi accrual behind the same interface as SWIM: each member asks the next few in the circle of hashes for a sign of
 * life all the time, learns how regularly each answers, and suspects whoever is silent for longer than that explains.
 * No others are asked to look: several neighbours watch each member, and their suspicions confirm each other.
 */
export class HeartbeatDetector implements FailureDetector {
  readonly #options: HeartbeatOptions;
  readonly #watch: Watch;
  readonly #watched = new Map<NodeId, Watched>();
  #beatAt: number;
  readonly #counts = { heartbeats: 0, failures: 0 };

  constructor(options: HeartbeatOptions, watch: Watch, now: number) {
    this.#options = options;
    this.#watch = watch;
    this.#beatAt = now;
  }

  /** Verdicts wait for the next heartbeat: its tick looks at all. */
  get deadline(): number {
    return this.#watch.inService === 0 ? Number.POSITIVE_INFINITY : this.#beatAt;
  }

  advance(now: number): void {
    if (now < this.deadline) return;
    this.#beatAt = now + this.#options.probeIntervalMs;
    const neighbours = this.#watch.successors(watched);
    for (const id of this.#watched.keys()) if (!neighbours.includes(id)) this.#watched.delete(id);
    for (const id of neighbours) this.#lookAt(id, now);
  }

  #lookAt(id: NodeId, now: number): void {
    let one = this.#watched.get(id);
    if (one === undefined) {
      one = { accrual: this.#newAccrual(now), sequence: 0, suspected: false };
      this.#watched.set(id, one);
    }
    const suspected = one.accrual.phi(now) >= threshold;
    if (suspected && !one.suspected) {
      this.#counts.failures++;
      this.#watch.suspect(id, now);
    }
    one.suspected = suspected;
    one.sequence = this.#watch.sequence();
    this.#counts.heartbeats++;
    this.#watch.send(id, { $case: "ping", value: { sequence: one.sequence, introduce: false } });
  }

  #newAccrual(now: number): PhiAccrual {
    const interval = this.#options.probeIntervalMs;
    const options = {
      samplesMax,
      firstIntervalMs: interval,
      deviationMinMs: interval / 5,
      pauseMs: interval,
    };
    return new PhiAccrual(options, now);
  }

  acknowledged(from: NodeId, sequence: number, now: number): void {
    const one = this.#watched.get(from);
    // An answer to an older question shows that the member was alive then, and not how it is now.
    if (one?.sequence === sequence) one.accrual.heartbeat(now);
  }

  notAcknowledged(): void {}

  postpone(ms: number): void {
    for (const { accrual } of this.#watched.values()) accrual.postpone(ms);
  }

  metrics(): Readonly<Record<string, number>> {
    return { heartbeats_total: this.#counts.heartbeats, failed_probes_total: this.#counts.failures };
  }
}
