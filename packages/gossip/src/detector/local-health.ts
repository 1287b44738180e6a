/**
 * Lifeguard's local health multiplier (§IV-A): how much reason a member has to doubt itself before it doubts others.
 * It watches that many times slower, and waits that many times longer for answers.
 */
export class LocalHealth {
  readonly #max: number;
  #score = 0;

  /** `max` is the greatest multiplier; 1 switches it off. */
  constructor(max: number) {
    this.#max = max;
  }

  /** 1 when all is well. */
  get multiplier(): number {
    return this.#score + 1;
  }

  /** Something failed that may be this member's own fault. */
  worsen(by = 1): void {
    this.#score = Math.min(this.#score + by, this.#max - 1);
  }

  /** Something worked. */
  improve(): void {
    this.#score = Math.max(this.#score - 1, 0);
  }
}
