import { CheckerOptionError } from "../errors.ts";

/** How much a check may spend. Where it ends, the verdict is `unknown`, never a guess. */
export interface Budget {
  /** Calls looked at, over all parts. Default 100,000,000: some seconds. */
  readonly steps?: number | undefined;
  /** Memory for the memo, over all parts. Default 512 MiB. */
  readonly memoBytesMax?: number | undefined;
  /** A limit of time, in the unit of `now`. The clock is the caller's: this package reads none. */
  readonly time?: { readonly now: () => number; readonly limit: number } | undefined;
}

const STEPS = 100_000_000;
const MEMO_BYTES_MAX = 512 * 1024 * 1024;
// Some milliseconds of work between two looks at the clock.
const STEPS_PER_LOOK = 16_384;

/** Spends a budget. */
export class Purse {
  #steps: number;
  #memoBytes: number;
  readonly #now: () => number;
  readonly #deadline: number;

  constructor(budget: Budget) {
    const limit = budget.time?.limit ?? Number.POSITIVE_INFINITY;
    this.#steps = atLeastZero("steps", budget.steps ?? STEPS);
    this.#memoBytes = atLeastZero("memoBytesMax", budget.memoBytesMax ?? MEMO_BYTES_MAX);
    this.#now = budget.time?.now ?? (() => 0);
    this.#deadline = this.#now() + atLeastZero("time.limit", limit);
  }

  /** How many of `steps` may be taken before the purse must be asked again; 0 when it is empty. */
  grant(steps: number): number {
    if (this.#steps <= 0 || this.#memoBytes < 0 || this.#now() >= this.#deadline) return 0;
    return Math.min(steps, STEPS_PER_LOOK, this.#steps);
  }

  spend(steps: number, memoBytes: number): void {
    this.#steps -= steps;
    this.#memoBytes -= memoBytes;
  }
}

function atLeastZero(name: string, value: number): number {
  if (!(value >= 0)) throw new CheckerOptionError(`budget.${name} must not be negative, but is ${value}`);
  return value;
}
