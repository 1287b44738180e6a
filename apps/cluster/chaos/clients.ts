import { createRecorder, type History, type KvInput, type KvOutput } from "@coterie/checker";
import type { Random } from "@coterie/host";
import { StoreClient } from "../src/client/client.ts";
import { RequestRefusedError } from "../src/errors.ts";

export interface Clients {
  readonly counts: { ok: number; failed: number; unknown: number };
  /** Resolves with what all clients saw, once their last calls have ended. */
  stop(): Promise<History<KvInput, KvOutput>>;
}

const keys = ["a", "b", "c", "d", "e"];

/** How long a client waits for one answer. */
const timeoutMs = 3_000;

/**
 * Clients that put and get a few keys through any node, one call at a time each, and write down what they saw. A
 * client whose call has no known outcome goes on under another name, since that call may still take effect.
 */
export function startClients(urls: readonly string[], count: number, random: Random): Clients {
  const recorder = createRecorder<KvInput, KvOutput>();
  const counts = { ok: 0, failed: 0, unknown: 0 };
  let stopped = false;
  let value = 0;

  const perform = async (url: string, input: KvInput): Promise<KvOutput> => {
    const client = new StoreClient([url], { timeoutMs });
    const key = String(input.key);
    if (input.op === "put") await client.put(key, String(input.value));
    if (input.op !== "get") return null;
    const found = await client.get(key);
    return found ? Number(Buffer.from(found.value).toString()) : null;
  };
  // Each value is written once: such histories are judged in O(n log n).
  const draw = (): KvInput => {
    const key = keys[random.between(0, keys.length - 1)]!;
    return random.float() < 0.5 ? { op: "get", key } : { op: "put", key, value: ++value };
  };
  const run = async (number: number): Promise<void> => {
    for (let life = 0; !stopped; ) {
      const input = draw();
      const url = urls[random.between(0, urls.length - 1)]!;
      const call = recorder.invoke(`${number}.${life}`, performance.now(), input);
      try {
        const output = await perform(url, input);
        call.ok(performance.now(), output);
        counts.ok++;
      } catch (error) {
        if (error instanceof RequestRefusedError) throw error;
        if (input.op === "get") {
          call.failed(performance.now());
          counts.failed++;
        } else {
          call.unknown(performance.now());
          counts.unknown++;
          life++;
        }
      }
    }
  };
  const running = Promise.all(Array.from({ length: count }, (_, i) => run(i)));
  return {
    counts,
    async stop() {
      stopped = true;
      await running;
      return recorder.history();
    },
  };
}
