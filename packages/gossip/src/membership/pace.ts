import type { Random } from "@coterie/host";

/** So many records in one quick interval are no trickle of news any more. */
export const bulkRecords = 16;

/**
 * How soon to compare again (Trickle: Levis, Patel, Culler, Shenker 2004; RFC 6206): quickly while a view changes in
 * bulk, as when a cluster is switched on or two become one, and from then on in intervals each twice as long as the
 * one before, up to the usual one.
 */
export class Pace {
  readonly #quickMs: number;
  readonly #random: Random;
  #intervalMs: number;
  #nextAt: number;
  /** Records learnt in the window that ends then. */
  #learnt = 0;
  #windowEndsAt = Number.NEGATIVE_INFINITY;

  constructor(quickMs: number, random: Random, now: number) {
    this.#quickMs = quickMs;
    this.#random = random;
    this.#intervalMs = quickMs;
    // Members that started together do not compare together.
    this.#nextAt = now + quickMs * random.float();
  }

  get nextAt(): number {
    return this.#nextAt;
  }

  /** It is time: the next one comes after at most `usualMs`, give or take a quarter. */
  step(usualMs: number, now: number): void {
    this.#nextAt = now + this.#intervalMs * (0.75 + 0.5 * this.#random.float());
    this.#intervalMs = Math.min(2 * this.#intervalMs, usualMs);
  }

  /** So many records came that were new here. */
  learnt(count: number, now: number): void {
    if (now >= this.#windowEndsAt) {
      this.#learnt = 0;
      this.#windowEndsAt = now + this.#quickMs;
    }
    this.#learnt += count;
    if (this.#learnt < bulkRecords) return;
    this.#intervalMs = this.#quickMs;
    this.#nextAt = Math.min(this.#nextAt, now + this.#quickMs * (0.75 + 0.5 * this.#random.float()));
  }
}
