import type { StoreClient } from "../client/client.ts";
import { countLines, linesOf } from "../client/lines.ts";
import { forEachConcurrently } from "../client/pool.ts";
import { progress, table } from "./output.ts";

/** Writes every line of a file under `FILE:NUMBER` and says how fast that went. */
export async function load(
  client: StoreClient,
  file: string,
  concurrency: number,
  say: (text: string) => void,
): Promise<void> {
  const lines = await countLines(file);
  const began = performance.now();
  let acknowledged = 0;
  {
    using bar = progress("loading", lines);
    await forEachConcurrently(linesOf(file), concurrency, async (line) => {
      await client.put(line.key, line.value);
      bar.set(++acknowledged);
    });
  }
  const seconds = (performance.now() - began) / 1000;
  const row = [acknowledged, seconds.toFixed(2), Math.round(acknowledged / seconds)];
  say(table(["acknowledged", "seconds", "writes/s"], [row]));
}
