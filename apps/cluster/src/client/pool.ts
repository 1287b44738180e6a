/**
 * Runs `work` over everything in `source`, up to `concurrency` at a time, pulling only what it can start. The first
 * rejection stops the pulling and is thrown once what runs has ended.
 */
export async function forEachConcurrently<T>(
  source: AsyncIterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    try {
      while (!failed) {
        const next = await iterator.next();
        if (next.done) return;
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  await iterator.return?.(undefined);
  const rejected = ended.find((result) => result.status === "rejected");
  if (rejected) throw rejected.reason;
}
