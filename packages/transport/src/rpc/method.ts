import type { Codec, NodeId } from "../transport.ts";
import { channelId } from "../wire/frame.ts";

const ids = new Map<string, number>();
/** A program's own names are few, but each object that is exported or followed brings names of its own. */
const idsMax = 4_096;

/** What a method is called on the wire. */
export function methodId(name: string): number {
  let id = ids.get(name);
  if (id === undefined) {
    id = channelId(name);
    if (ids.size >= idsMax) ids.clear();
    ids.set(name, id);
  }
  return id;
}

/** What can be called: a name and the codecs of both directions. Caller and server share it. */
export interface Method<Request, Response> {
  /** Unique among the methods that one node serves, for instance `kv.Store/Get`. */
  readonly name: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

/** What a handler may know of the call it answers. */
export interface IncomingCall {
  readonly from: NodeId;
  /**
   * Aborted when nobody waits for the answer any more: the caller cancelled or started again, the deadline has
   * passed, or this server was closed.
   */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, on this node's monotonic clock; Infinity when it never does. */
  readonly deadline: number;
  /** W3C trace context of the caller, if it is traced. */
  readonly trace: string | undefined;
}

/**
 * Answers a call. What it throws reaches the caller as a `RemoteError`, with the error's `code` when that is a
 * string. A handler that answers without a promise is answered for in the same turn.
 */
export type Handler<Request, Response> = (
  request: Request,
  call: IncomingCall,
) => Response | Promise<Response>;

export interface ServeOptions {
  /**
   * Carries a call out once however often it arrives: the answer is kept, and given again. A caller's `retryMs`
   * then makes the call exactly once as long as this node lives and the answer is kept (`answersMax`).
   */
  readonly once?: boolean;
}
