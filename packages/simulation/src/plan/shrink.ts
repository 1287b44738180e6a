import { calmDisk } from "../disk/platter.ts";
import { calmNetwork } from "../network/network.ts";
import type { Suite } from "../suite.ts";
import type { Plan, Step } from "./plan.ts";
import { runPlan, type Violation } from "./run.ts";

export interface ShrinkOptions {
  /** At most this many runs of candidates. Default: 400. */
  readonly runsMax?: number;
  /** Told after each run: how many so far, and how many steps are left. */
  readonly onProgress?: (runs: number, steps: number) => void;
}

export interface Shrunk<Call> {
  readonly plan: Plan<Call>;
  readonly violation: Violation;
  readonly runs: number;
}

/**
 * Makes a failing plan smaller while it fails in the same kind: leaves steps out (delta debugging, Zeller and
 * Hildebrandt 2002), calms network and disk one property at a time, takes nodes away, ends the world where it
 * failed, and shortens what is left. Every candidate is a whole run, so the result is a world that fails.
 */
export async function shrink<Node, Call>(
  suite: Suite<Node, Call>,
  plan: Plan<Call>,
  violation: Violation,
  options: ShrinkOptions = {},
): Promise<Shrunk<Call>> {
  const shrinker = new Shrinker(suite, plan, violation, options);
  return shrinker.run();
}

class Shrinker<Node, Call> {
  readonly #suite: Suite<Node, Call>;
  readonly #options: ShrinkOptions;
  readonly #runsMax: number;
  #best: Plan<Call>;
  #violation: Violation;
  #runs = 0;

  constructor(suite: Suite<Node, Call>, plan: Plan<Call>, violation: Violation, options: ShrinkOptions) {
    this.#suite = suite;
    this.#best = plan;
    this.#violation = violation;
    this.#options = options;
    this.#runsMax = options.runsMax ?? 400;
  }

  async run(): Promise<Shrunk<Call>> {
    let size: number;
    do {
      size = JSON.stringify(this.#best).length;
      await this.#endEarly();
      await this.#leaveOut();
      await this.#calm();
      await this.#plainSettings();
      await this.#fewerNodes();
      await this.#shorten();
      await this.#closeGaps();
    } while (JSON.stringify(this.#best).length < size && this.#runs < this.#runsMax);
    return { plan: this.#best, violation: this.#violation, runs: this.#runs };
  }

  /** Keeps a candidate that fails in the same kind. */
  async #try(candidate: Plan<Call>): Promise<boolean> {
    if (this.#runs >= this.#runsMax) return false;
    this.#runs++;
    const { violation } = await runPlan(this.#suite, candidate);
    const same = violation?.kind === this.#violation.kind;
    if (same) {
      this.#best = candidate;
      this.#violation = violation;
    }
    this.#options.onProgress?.(this.#runs, this.#best.steps.length);
    return same;
  }

  /** What comes after the violation did not cause it. */
  async #endEarly(): Promise<void> {
    const { atMs, kind } = this.#violation;
    if (kind.startsWith("no ")) return;
    if (this.#best.livenessMs > 0) await this.#try({ ...this.#best, livenessMs: 0 });
    // A history is judged at the end: then what matters is where the calls end.
    const last = kind === "history" ? (this.#best.steps.at(-1)?.atMs ?? 0) + 1_000 : atMs;
    const end = Math.ceil(last);
    if (end >= this.#best.durationMs) return;
    const steps = this.#best.steps.filter((step) => step.atMs <= end);
    await this.#try({ ...this.#best, durationMs: end, steps });
  }

  /** ddmin over the steps: drops ever smaller parts. */
  async #leaveOut(): Promise<void> {
    let part = Math.ceil(this.#best.steps.length / 2);
    while (part >= 1 && this.#runs < this.#runsMax) {
      for (let from = 0; from < this.#best.steps.length; ) {
        const steps = this.#best.steps.filter((_, i) => i < from || i >= from + part);
        const dropped = await this.#try({ ...this.#best, steps });
        if (!dropped) from += part;
      }
      part = part > 1 ? Math.ceil(part / 2) : 0;
    }
  }

  /** A crash at the n-th point needs whatever reaches the points before: looks for a moment just before instead. */
  async #crashAtOnce(i: number): Promise<void> {
    const { steps } = this.#best;
    const step = steps[i]!;
    const later = steps.slice(i).map(({ atMs }) => atMs);
    for (const atMs of later.reverse().slice(0, 16)) {
      const moved = steps.with(i, { ...step, atMs, nth: 1 } as Step<Call>).sort((a, b) => a.atMs - b.atMs);
      if (await this.#try({ ...this.#best, steps: moved })) return;
    }
  }

  /** Lets steps follow each other closely: an empty second explains nothing. */
  async #closeGaps(): Promise<void> {
    for (const gapMs of [5, 100]) {
      const { steps, durationMs } = this.#best;
      let before = 0;
      let saved = 0;
      const closer = steps.map((step) => {
        saved += Math.max(0, step.atMs - before - gapMs);
        before = step.atMs;
        return { ...step, atMs: step.atMs - saved };
      });
      if (saved > 0 && (await this.#try({ ...this.#best, durationMs: durationMs - saved, steps: closer })))
        return;
    }
  }

  async #calm(): Promise<void> {
    for (const name of Object.keys(calmNetwork) as (keyof typeof calmNetwork)[])
      if (JSON.stringify(this.#best.network[name]) !== JSON.stringify(calmNetwork[name]))
        await this.#try({ ...this.#best, network: { ...this.#best.network, [name]: calmNetwork[name] } });
    if ((this.#best.spread ?? 1) > 1) await this.#try({ ...this.#best, spread: 1 });
    if (JSON.stringify(this.#best.disk) !== JSON.stringify(calmDisk))
      await this.#try({ ...this.#best, disk: calmDisk });
  }

  /** The first value of a setting is the plain one. */
  async #plainSettings(): Promise<void> {
    for (const [name, [plain]] of Object.entries(this.#suite.settings ?? {}))
      if (plain !== undefined && this.#best.settings?.[name] !== plain)
        await this.#try({ ...this.#best, settings: { ...this.#best.settings, [name]: plain } });
  }

  async #fewerNodes(): Promise<void> {
    const sizes = typeof this.#suite.nodes === "number" ? [this.#suite.nodes] : this.#suite.nodes;
    for (const nodes of [...sizes].sort((a, b) => a - b)) {
      if (nodes >= this.#best.nodes) return;
      if (await this.#try({ ...this.#best, nodes, steps: this.#best.steps.flatMap((s) => within(s, nodes)) }))
        return;
    }
  }

  async #shorten(): Promise<void> {
    for (let i = 0; i < this.#best.steps.length; i++) {
      const step = this.#best.steps[i]!;
      if (step.do === "crash-at" && step.nth > 1) await this.#crashAtOnce(i);
      if (!("forMs" in step) || step.forMs <= 20) continue;
      for (const forMs of [10, Math.round(step.forMs / 2)]) {
        const steps = this.#best.steps.with(i, { ...step, forMs });
        if (await this.#try({ ...this.#best, steps })) break;
      }
    }
  }
}

/** A step as it is in a cluster of the first so many nodes; nothing when it does not concern them. */
function within<Call>(step: Step<Call>, nodes: number): Step<Call>[] {
  const stays = (id: string): boolean => Number(id.slice(1)) <= nodes;
  if ("node" in step && !stays(step.node)) return [];
  if ("chief" in step && step.chief && !stays(step.chief)) return [];
  if (!("pairs" in step)) return [step];
  const pairs = step.pairs.filter(([from, to]) => stays(from) && stays(to));
  return pairs.length > 0 ? [{ ...step, pairs }] : [];
}
