import { GroupCallError } from "../errors.ts";
import type { NodeId } from "../transport.ts";
import type { Method } from "./method.ts";
import type { CallOptions, Rpc } from "./rpc.ts";

export interface GroupCallOptions extends CallOptions {
  /** How many answers end the call: all of them, a majority, the first one, or that many. Default: `all`. */
  readonly need?: "all" | "majority" | "first" | number;
}

export interface GroupAnswers<Response> {
  /** In the order in which they came. */
  readonly answers: readonly { readonly from: NodeId; readonly response: Response }[];
  /** Who had failed by the time enough others had answered. */
  readonly failures: readonly { readonly from: NodeId; readonly error: unknown }[];
}

function needed(need: GroupCallOptions["need"], size: number): number {
  if (need === undefined || need === "all") return size;
  if (need === "majority") return Math.floor(size / 2) + 1;
  return need === "first" ? 1 : need;
}

/**
 * Calls many nodes at once. Resolves as soon as enough have answered; the others are then cancelled, though some
 * may carry the call out. Rejects with `GroupCallError` as soon as too many have failed for that to happen.
 */
export async function callGroup<Request, Response>(
  rpc: Rpc,
  nodes: readonly NodeId[],
  method: Method<Request, Response>,
  request: Request,
  options: GroupCallOptions = {},
): Promise<GroupAnswers<Response>> {
  const need = needed(options.need, nodes.length);
  const answers: { from: NodeId; response: Response }[] = [];
  const failures: { from: NodeId; error: unknown }[] = [];
  const enough = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, enough.signal]) : enough.signal;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const judge = (): void => {
    if (answers.length >= need) resolve();
    else if (nodes.length - failures.length < need)
      reject(new GroupCallError(method.name, need, answers.length, [...failures]));
  };
  for (const from of nodes) {
    rpc.call(from, method, request, { ...options, signal }).then(
      (response) => {
        answers.push({ from, response });
        judge();
      },
      (error: unknown) => {
        failures.push({ from, error });
        judge();
      },
    );
  }
  judge();
  try {
    await promise;
    return { answers: [...answers], failures: [...failures] };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    enough.abort();
  }
}
