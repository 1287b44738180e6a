import { setImmediate as nextTurn } from "node:timers/promises";
import { type Context, Dealer } from "zeromq";
import type { Wait } from "../clock.ts";
import { NobodyAnsweredError } from "../errors.ts";
import { LinkKind, LinkMessage } from "../gen/link.ts";
import type { NodeId } from "../transport.ts";
import { isNodeId } from "../wire/identity.ts";
import type { ZmqSettings } from "./options.ts";
import { linkFrame, linkMagic } from "./proof.ts";

/** "Who listens here?" */
export const question: Buffer = linkFrame(LinkKind.QUESTION);

/** "It is this node." */
export function answerOf(id: NodeId): Buffer {
  return linkFrame(LinkKind.ANSWER, "", "", id);
}

const timeoutMsDefault = 5_000;
/** An answer that has not come by then was lost. */
const askEveryMs = 500;

/**
 * Asks whoever listens at an address who it is. With security on, a link must be pinned to a key before it can ask
 * anything, so it is asked once under each of the keys: only that of the one who listens there gets through, and it
 * must give the name that the key belongs to.
 */
export async function discover(
  context: Context,
  address: string,
  settings: ZmqSettings,
  { signal, timeoutMs = timeoutMsDefault }: Wait,
): Promise<NodeId> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<NodeId>();
  const timer = setTimeout(() => reject(new NobodyAnsweredError(address, timeoutMs)), timeoutMs);
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const dealers: Dealer[] = [];
  try {
    for (const [owner, key] of settings.security?.peers ?? [[undefined, undefined] as const]) {
      const dealer = open(context, settings, key);
      dealers.push(dealer);
      dealer.connect(address);
      void ask(dealer, owner, resolve);
    }
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    for (const dealer of dealers) dealer.close();
  }
}

function open(context: Context, settings: ZmqSettings, serverKey: string | undefined): Dealer {
  const { security, connectTimeoutMs, reconnectMs, reconnectMsMax } = settings;
  return new Dealer({
    context,
    linger: 0,
    immediate: true,
    sendTimeout: -1,
    receiveTimeout: askEveryMs,
    maxMessageSize: 1_024,
    connectTimeout: connectTimeoutMs,
    handshakeInterval: connectTimeoutMs,
    reconnectInterval: reconnectMs,
    reconnectMaxInterval: reconnectMsMax,
    ...(security &&
      serverKey !== undefined && {
        curveServerKey: serverKey,
        curvePublicKey: security.publicKey,
        curveSecretKey: security.secretKey,
      }),
  });
}

async function ask(dealer: Dealer, owner: NodeId | undefined, found: (id: NodeId) => void): Promise<void> {
  while (!dealer.closed) {
    try {
      await dealer.send(question);
      const [frame] = await dealer.receive();
      const id = nodeIn(frame);
      if (id !== undefined && (owner === undefined || id === owner)) return found(id);
    } catch {
      // No answer yet, or the search is over.
      await nextTurn();
    }
  }
}

function nodeIn(frame: Buffer | undefined): NodeId | undefined {
  if (frame?.[0] !== linkMagic) return undefined;
  const { kind, node } = LinkMessage.decode(frame.subarray(1));
  return kind === LinkKind.ANSWER && isNodeId(node) ? node : undefined;
}
