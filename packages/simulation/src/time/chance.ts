import type { Random } from "@coterie/host";

/** How long something takes: never less than `minMs`, and on average `meanMs` more, exponentially distributed. */
export interface Delay {
  readonly minMs: number;
  readonly meanMs: number;
}

const quantileCount = 1024;

/**
 * Quantiles of the exponential distribution with mean 1. Rounded to a grid, because the last bit of `Math.log` may
 * differ between versions of the engine and a seed has to mean the same world on all of them.
 */
const quantiles: Float64Array = Float64Array.from(
  { length: quantileCount },
  (_, i) => Math.round(-Math.log(1 - (i + 0.5) / quantileCount) * 4096) / 4096,
);

/** A duration drawn from the distribution, in milliseconds. */
export function drawDelay(random: Random, delay: Delay): number {
  if (delay.meanMs === 0) return delay.minMs;
  return delay.minMs + delay.meanMs * quantiles[random.uint32() >>> 22]!;
}

/** True with probability `p`; draws nothing when the answer is certain. */
export function happens(random: Random, p: number): boolean {
  return p > 0 && (p >= 1 || random.float() < p);
}

/** One of the items; the list must not be empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.between(0, items.length - 1)]!;
}

/** The items in a random order (Fisher and Yates). */
export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.between(0, i);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
