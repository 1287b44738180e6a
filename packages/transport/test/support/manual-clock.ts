import type { Clock } from "@coterie/transport";

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0;
  #wakes: { at: number; fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now;
  }

  wake(at: number, fn: () => void): () => void {
    const wake = { at, fn };
    this.#wakes.push(wake);
    return () => {
      this.#wakes = this.#wakes.filter((other) => other !== wake);
    };
  }

  /** Wakes whatever is due within that time, in order. */
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#wakes.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#wakes = this.#wakes.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.fn();
    }
    this.#now = until;
  }

  get waiting(): number {
    return this.#wakes.length;
  }
}
