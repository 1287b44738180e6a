import type { NodeId } from "../transport.ts";

/**
 * What a link says about itself once, in ZeroMQ's handshake, so that no frame has to say it again:
 *
 *     lane from "#" epoch ">" to "@" address ["!" nonce]      for instance  c a#1730000000000>b@tcp://127.0.0.1:7101
 *
 * `lane` is one letter (c, b), `epoch` the sender's boot in base 36, `to` the node that the sender means to reach
 * (a frame that reaches another node, which has taken over its address, is refused), and `address` is where the
 * sender itself can be reached.
 */
export interface Identity {
  readonly lane: "control" | "bulk";
  readonly from: NodeId;
  readonly epoch: number;
  readonly to: NodeId;
  readonly address: string;
  /** On a secured link, 128 random bits that only the two ends know; see `zmq/proof.ts`. */
  readonly nonce?: string | undefined;
}

/** ZeroMQ's own bound on a routing id. */
export const identityBytesMax = 255;

const nodeIdPattern = /^[A-Za-z0-9._-]{1,64}$/;
const pattern =
  /^([cb])([A-Za-z0-9._-]{1,64})#([0-9a-z]{1,11})>([A-Za-z0-9._-]{1,64})@([\x22-\x7e]{1,100})(?:!([A-Za-z0-9_-]{22}))?$/;

/** Whether something can name a node: 1 to 64 characters of `[A-Za-z0-9._-]`. */
export function isNodeId(id: unknown): id is NodeId {
  return typeof id === "string" && nodeIdPattern.test(id);
}

export function formatIdentity(identity: Identity): string {
  const { lane, from, epoch, to, address, nonce } = identity;
  return `${lane === "control" ? "c" : "b"}${from}#${epoch.toString(36)}>${to}@${address}${nonce === undefined ? "" : `!${nonce}`}`;
}

export function parseIdentity(text: string): Identity | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const epoch = Number.parseInt(match[3]!, 36);
  if (!Number.isSafeInteger(epoch)) return undefined;
  return {
    lane: match[1] === "c" ? "control" : "bulk",
    from: match[2]!,
    epoch,
    to: match[4]!,
    address: match[5]!,
    nonce: match[6],
  };
}
