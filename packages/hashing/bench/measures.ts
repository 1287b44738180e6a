export const KEYS = 200_000;

/** Distinct keys, as flat strings: the first look at a concatenation would pay for joining it. */
export const keys: readonly string[] = Array.from({ length: KEYS }, (_, i) =>
  Buffer.from(`user:${i}`).toString("latin1"),
);

export function nodeIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `node-${i}`);
}

/** Asks for the owner of each of the first `count` keys once; lookups in a second. */
export function lookupsPerSecond(owner: (key: string) => unknown, count: number = KEYS): number {
  let found = 0;
  const start = performance.now();
  for (let i = 0; i < count; i++) if (owner(keys[i]!) !== undefined) found++;
  const seconds = (performance.now() - start) / 1000;
  if (found !== count) throw new Error(`${count - found} keys have no owner`);
  return count / seconds;
}

/** How much the busiest node has above the mean, over all keys. */
export function peakLoad(owner: (key: string) => unknown, nodes: number): number {
  const counts = new Map<unknown, number>();
  for (const key of keys) counts.set(owner(key), (counts.get(owner(key)) ?? 0) + 1);
  return (Math.max(...counts.values()) * nodes) / KEYS;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

export function elapsedMs(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
