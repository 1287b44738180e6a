import type { Better } from "./bench.ts";

/** The middle of the sorted figures; the mean of the middle two when their number is even. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Ours against the best peer: above 1 is better for us. `undefined` when no peer has a figure. */
export function ratioToBest(
  ours: number,
  peers: Readonly<Record<string, number | undefined>>,
  better: Better,
): number | undefined {
  const figures = Object.values(peers).filter((figure) => figure !== undefined);
  if (figures.length === 0) return undefined;
  return better === "higher" ? ours / Math.max(...figures) : Math.min(...figures) / ours;
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], chance: () => number = Math.random): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(chance() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
