/**
 * Operations per second of `fn(n)`, which must do the operation `n` times. The batch is doubled until it lasts
 * long enough to be timed well, which also warms the code up; then batches run for about `ms` milliseconds.
 */
export function opsPerSecond(fn: (n: number) => void, ms = 200): number {
  let batch = 1;
  while (timed(fn, batch) < Math.min(10, ms / 10) && batch < 2 ** 40) batch *= 2;
  let operations = 0;
  let elapsed = 0;
  while (elapsed < ms) {
    elapsed += timed(fn, batch);
    operations += batch;
  }
  return (operations * 1000) / elapsed;
}

function timed(fn: (n: number) => void, n: number): number {
  const start = performance.now();
  fn(n);
  return performance.now() - start;
}
