import { pino } from "pino";
import { NodeStartError } from "../errors.ts";
import { startNode } from "../node/node.ts";
import { type NodeFlags, parseSettings } from "../node/settings.ts";
import { inPlainWords } from "../paths.ts";

/** Aborts when the supervisor that started this process is gone; never when nobody supervises it. */
function leash(): AbortSignal {
  const controller = new AbortController();
  if (process.send) process.once("disconnect", () => controller.abort());
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * Runs one node until the signal. Its log goes to standard output, as one JSON object a line; what keeps it from
 * running is thrown. Throws `NodeStartError`, and what stopped the node later.
 */
export async function node(flags: NodeFlags, signal: AbortSignal): Promise<void> {
  const logger = pino({ base: { node: flags.id } });
  const running = await Promise.resolve(flags)
    .then((given) => startNode(parseSettings(given), logger))
    .catch((error: Error) => {
      const reason = inPlainWords(error);
      logger.fatal(`did not start: ${reason}`);
      throw new NodeStartError(`${flags.id} did not start: ${reason}`, { cause: error });
    });
  process.send?.("listening");
  await aborted(AbortSignal.any([signal, running.failed, leash()]));
  logger.info("stopping");
  await running[Symbol.asyncDispose]();
  if (process.connected) process.disconnect();
  if (!running.failed.aborted) return;
  logger.fatal({ err: running.failed.reason }, "failed");
  throw running.failed.reason;
}
