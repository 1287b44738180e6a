/** Spreads bytes over time. Whoever shares a pace shares its rate. */
export class Pace {
  readonly #bytesPerSecond: number;
  /** When the next byte may leave. */
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Takes room for `bytes`. Answers when they may leave. */
  reserve(bytes: number, now: number): number {
    const at = Math.max(now, this.#freeAt);
    this.#freeAt = at + (bytes / this.#bytesPerSecond) * 1_000;
    return at;
  }
}
