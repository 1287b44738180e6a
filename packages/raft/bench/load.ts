/** What a load generator saw. */
export interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Clients that each make one call after another for a while. The first tenth of the time is not counted. */
export async function load(
  clients: number,
  durationMs: number,
  call: (n: number) => Promise<unknown>,
): Promise<Figures> {
  const began = performance.now();
  const counted = began + durationMs / 10;
  const end = began + durationMs;
  const latencies: number[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      await call(next++);
      const done = performance.now();
      if (now >= counted && done <= end) latencies.push(done - now);
      now = done;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return {
    perSecond: latencies.length / ((end - counted) / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}
