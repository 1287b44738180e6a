import type { Core, Effect, NodeId, Random } from "@coterie/host";

type AnyCore<Message> = Core<Message, unknown, { readonly type: string }>;

/** A message on its way. */
interface Letter<Message> {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/**
 * Runs the cores that ship in virtual rounds, without hosts: every core whose deadline has come acts once a round, in a
 * drawn order, and all messages of a round arrive within it.
 *
 * `waves: false`: what a core sends, and every answer to it, arrives before the next core acts.
 * `waves: true`: all cores act, then all their messages arrive, then all answers to those: no core of a round sees
 * what others learned in it, as long as their exchanges are equally long.
 */
export class Rounds<Message, C extends AnyCore<Message>> {
  readonly cores: ReadonlyMap<NodeId, C>;
  readonly #order: C[];
  readonly #ids: Map<C, NodeId> = new Map();
  readonly #random: Random;
  readonly #waves: boolean;
  /** Sent between rounds: delivered with the next one. */
  #waiting: Letter<Message>[] = [];
  /** Messages delivered so far. */
  messages = 0;

  constructor(cores: ReadonlyMap<NodeId, C>, random: Random, waves: boolean) {
    this.cores = cores;
    this.#order = [...cores.values()];
    for (const [id, core] of cores) this.#ids.set(core, id);
    this.#random = random;
    this.#waves = waves;
  }

  /** Takes what a core wants sent that was called from outside, for the next round. */
  collect(id: NodeId): void {
    this.#collect(this.cores.get(id)!, this.#waiting);
  }

  /** One round at `now`. Answers how many cores acted. */
  round(now: number): number {
    const due = this.#order.filter((core) => core.deadline <= now);
    for (let i = due.length - 1; i > 0; i--) {
      const j = this.#random.between(0, i);
      [due[i], due[j]] = [due[j]!, due[i]!];
    }
    const letters = this.#waiting;
    this.#waiting = [];
    for (const core of due) {
      core.advance(now);
      this.#collect(core, letters);
      if (!this.#waves) this.#deliver(letters.splice(0), now);
    }
    this.#deliver(letters, now);
    return due.length;
  }

  #deliver(first: readonly Letter<Message>[], now: number): void {
    let wave = first;
    while (wave.length > 0) {
      const next: Letter<Message>[] = [];
      for (const { from, to, message } of wave) {
        const core = this.cores.get(to);
        if (core === undefined) continue;
        this.messages++;
        core.receive(from, message, now);
        this.#collect(core, next);
      }
      wave = next;
    }
  }

  #collect(core: C, letters: Letter<Message>[]): void {
    const from = this.#ids.get(core)!;
    for (const effect of core.drain())
      if (isSend<Message>(effect)) letters.push({ from, to: effect.to, message: effect.message });
  }
}

function isSend<Message>(
  effect: Effect<Message, unknown, { readonly type: string }>,
): effect is Extract<Effect<Message, unknown, never>, { type: "send" }> {
  return effect.type === "send";
}

/** `n0`, `n1`, ... */
export function names(count: number): readonly NodeId[] {
  return Array.from({ length: count }, (_, i) => `n${i}`);
}

export function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}

/** Standard error of the mean. */
export function standardError(figures: readonly number[]): number {
  const middle = mean(figures);
  const variance = figures.reduce((sum, figure) => sum + (figure - middle) ** 2, 0) / (figures.length - 1);
  return Math.sqrt(variance / figures.length);
}
