import type { NodeId } from "@coterie/host";
import type { FailureDetector, Watch } from "./detector.ts";
import type { LocalHealth } from "./local-health.ts";

export interface SwimOptions {
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  readonly indirectProbes: number;
}

/** One look at one member. */
interface Probe {
  readonly target: NodeId;
  readonly sequence: number;
  /** When others are asked; Infinity once they are. */
  askAt: number;
  /** When the period ends and with it the time to answer. */
  endsAt: number;
  /** Who was asked, and whether it has said anything since. */
  readonly helpers: Map<NodeId, boolean>;
  acknowledged: boolean;
}

/**
 * SWIM's failure detector (§3.1), slowed down by Lifeguard's local health (§IV-A): in each period one member is
 * asked for a sign of life; when it gives none in time, a few others are asked to look; when they see none either,
 * it does not answer. Whoever finds that its helpers are silent too has learnt something about itself.
 */
export class SwimDetector implements FailureDetector {
  readonly #options: SwimOptions;
  readonly #watch: Watch;
  readonly #health: LocalHealth;
  #probe: Probe | undefined;
  /** When the next period begins, while no probe is under way. */
  #beginsAt: number;
  readonly #counts = { probes: 0, indirect: 0, failures: 0 };

  constructor(options: SwimOptions, watch: Watch, health: LocalHealth, beginsAt: number) {
    this.#options = options;
    this.#watch = watch;
    this.#health = health;
    this.#beginsAt = beginsAt;
  }

  get deadline(): number {
    if (this.#probe !== undefined) return Math.min(this.#probe.askAt, this.#probe.endsAt);
    return this.#watch.inService === 0 ? Number.POSITIVE_INFINITY : this.#beginsAt;
  }

  advance(now: number): void {
    const probe = this.#probe;
    if (probe === undefined) {
      if (now >= this.#beginsAt) this.#begin(now);
    } else if (now >= probe.endsAt) {
      this.#judge(probe, now);
      this.#begin(now);
    } else if (now >= probe.askAt) this.#askOthers(probe);
  }

  acknowledged(from: NodeId, sequence: number): void {
    const probe = this.#probe;
    if (probe === undefined || probe.sequence !== sequence || probe.acknowledged) return;
    if (from !== probe.target && !probe.helpers.has(from)) return;
    probe.acknowledged = true;
    probe.askAt = Number.POSITIVE_INFINITY;
    this.#health.improve();
  }

  notAcknowledged(from: NodeId, sequence: number): void {
    const probe = this.#probe;
    if (probe?.sequence === sequence && probe.helpers.has(from)) probe.helpers.set(from, true);
  }

  postpone(ms: number): void {
    if (this.#probe === undefined) return;
    this.#probe.askAt += ms;
    this.#probe.endsAt += ms;
  }

  metrics(): Readonly<Record<string, number>> {
    const { probes, indirect, failures } = this.#counts;
    return { probes_total: probes, indirect_probes_total: indirect, failed_probes_total: failures };
  }

  #begin(now: number): void {
    const { probeIntervalMs, probeTimeoutMs } = this.#options;
    this.#probe = undefined;
    const { multiplier } = this.#health;
    this.#beginsAt = now + probeIntervalMs * multiplier;
    const target = this.#watch.next();
    if (target === undefined) return;
    this.#counts.probes++;
    const sequence = this.#watch.sequence();
    this.#probe = {
      target,
      sequence,
      askAt: now + probeTimeoutMs * multiplier,
      endsAt: this.#beginsAt,
      helpers: new Map(),
      acknowledged: false,
    };
    this.#watch.send(target, { $case: "ping", value: { sequence, introduce: false } });
  }

  #askOthers(probe: Probe): void {
    probe.askAt = Number.POSITIVE_INFINITY;
    const { target, sequence } = probe;
    for (const helper of this.#watch.helpers(this.#options.indirectProbes, target)) {
      this.#counts.indirect++;
      probe.helpers.set(helper, false);
      this.#watch.send(helper, { $case: "pingRequest", value: { sequence, target } });
    }
  }

  #judge(probe: Probe, now: number): void {
    if (probe.acknowledged) return;
    this.#counts.failures++;
    // Helpers that are well say so: those that do not are silent for a reason that may lie here.
    const { helpers } = probe;
    const silent = [...helpers.values()].filter((spoke) => !spoke).length;
    this.#health.worsen(helpers.size > 0 ? silent : 1);
    if (this.#watch.isInService(probe.target)) this.#watch.suspect(probe.target, now);
  }
}
