export const KEYS = 200_000;

/** Distinct keys, as flat strings: the first look at a concatenation would pay for joining it. */
export const keys: readonly string[] = Array.from({ length: KEYS }, (_, i) =>
  Buffer.from(`user:${i}`).toString("latin1"),
);

export function nodeIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `node-${i}`);
}

/**
 * This thread's processor time. Everything measured here is synchronous, and what a busy machine gives to others in
 * the meantime is no contender's cost.
 */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Asks for the owners of the first `count` keys, over and over for 60 ms; lookups in a second of processor time. */
export function lookupsPerSecond(owner: (key: string) => unknown, count: number = KEYS): number {
  let found = 0;
  let asked = 0;
  const start = cpuMs();
  let spentMs = 0;
  // The kernel counts processor time by the tick: a single pass would be too short.
  while (spentMs < 60) {
    for (let i = 0; i < count; i++) if (owner(keys[i]!) !== undefined) found++;
    asked += count;
    spentMs = cpuMs() - start;
  }
  if (found !== asked) throw new Error(`${asked - found} keys have no owner`);
  return (1000 * asked) / spentMs;
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
