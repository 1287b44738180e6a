import { type Context, Router } from "zeromq";
import type { Counters } from "../metrics.ts";
import { type SecurityOptions, toZ85 } from "./keys.ts";
import type { Refusals } from "./refusals.ts";

export const zapDomain = "coterie";

/**
 * Answers ZeroMQ's question whether a key may connect (ZAP, RFC 27). It settles that a key is admitted; whose key it
 * is ZeroMQ does not tell, and `proof.ts` finds out. Returns how to stop.
 */
export async function answerZap(
  context: Context,
  security: SecurityOptions,
  counters: Counters,
  refusals: Refusals,
): Promise<() => void> {
  const router = new Router({ context, linger: 0 });
  await router.bind("inproc://zeromq.zap.01");
  void (async () => {
    for await (const [route, empty, version, request, , , , mechanism, key] of router) {
      const publicKey = mechanism?.toString() === "CURVE" && key?.length === 32 ? toZ85(key) : "";
      const admitted = publicKey !== "" && new Set(security.peers.values()).has(publicKey);
      if (!admitted) {
        counters.refusedKeys++;
        refusals.report("key", publicKey);
      }
      const verdict = admitted ? ["200", "OK"] : ["400", "unknown key"];
      try {
        await router.send([route!, empty!, version!, request!, ...verdict, "", ""]);
      } catch {
        // Whoever asked is gone, or this socket was closed between question and answer; then the loop ends.
      }
    }
  })();
  return () => router.close();
}
