/** What a phi accrual detector assumes and remembers. Durations in milliseconds. */
export interface PhiOptions {
  /** Intervals that are remembered. */
  readonly samplesMax: number;
  /** Assumed of the interval before any was seen. */
  readonly firstIntervalMs: number;
  /** The deviation is taken for at least this: perfectly regular heartbeats must not make every delay a death. */
  readonly deviationMinMs: number;
  /** Added to the mean: pauses that are no news, such as garbage collection. */
  readonly pauseMs: number;
}

/**
 * How sure one may be that heartbeats have ended, by how regular they were (Hayashibara et al., "The phi accrual
 * failure detector", 2004, §4): phi 1 is wrong once in 10 times, phi 8 once in 10^8, if intervals are distributed
 * normally.
 */
export class PhiAccrual {
  readonly #options: PhiOptions;
  readonly #samples: Float64Array;
  #next = 0;
  #count = 0;
  #sum = 0;
  #squares = 0;
  #last: number;

  /** `now` counts as the first heartbeat. */
  constructor(options: PhiOptions, now: number) {
    this.#options = options;
    this.#samples = new Float64Array(options.samplesMax);
    this.#last = now;
    // A mean and a quarter of it as deviation, until there is something better (Akka's choice).
    const { firstIntervalMs } = options;
    this.#learn(firstIntervalMs * 0.75);
    this.#learn(firstIntervalMs * 1.25);
  }

  heartbeat(now: number): void {
    if (now <= this.#last) return;
    this.#learn(now - this.#last);
    this.#last = now;
  }

  /** The time did not pass for whoever watches. */
  postpone(ms: number): void {
    this.#last += ms;
  }

  /** O(1). */
  phi(now: number): number {
    return phiOf(now - this.#last, this.#mean, this.#deviation);
  }

  get #mean(): number {
    return this.#sum / this.#count + this.#options.pauseMs;
  }

  get #deviation(): number {
    const mean = this.#sum / this.#count;
    return Math.max(
      Math.sqrt(Math.max(0, this.#squares / this.#count - mean ** 2)),
      this.#options.deviationMinMs,
    );
  }

  #learn(interval: number): void {
    if (this.#count === this.#samples.length) {
      const oldest = this.#samples[this.#next]!;
      this.#sum -= oldest;
      this.#squares -= oldest ** 2;
    } else this.#count++;
    this.#samples[this.#next] = interval;
    this.#next = (this.#next + 1) % this.#samples.length;
    this.#sum += interval;
    this.#squares += interval ** 2;
  }
}

/** -log10 of the chance that an interval is longer than that, by the logistic approximation of the normal tail. */
function phiOf(elapsed: number, mean: number, deviation: number): number {
  const y = (elapsed - mean) / deviation;
  const e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
  return elapsed > mean ? -Math.log10(e / (1 + e)) : -Math.log10(1 - 1 / (1 + e));
}
