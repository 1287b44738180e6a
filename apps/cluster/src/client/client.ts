import { ClusterUnreachableError, RequestRefusedError } from "../errors.ts";
import type { Consistency, NodeStatus } from "../store/replicated.ts";

export interface ClientOptions {
  /** How long one call goes on trying, over all nodes. Default: 10,000. */
  readonly timeoutMs?: number;
  /** Pause after every node was tried once. Default: 50. */
  readonly retryMs?: number;
  /**
   * Whether a write without a condition is sent again when it may have happened. Only for keys that nobody else writes:
   * the first attempt may still take effect, over what others have written since. Default: false.
   */
  readonly repeatWrites?: boolean;
}

export interface Value {
  readonly value: Uint8Array;
  readonly revision: number;
}

/** `revision`, `*` (only when it is there), or nothing. */
export type IfMatch = number | "*" | undefined;

export type Status = NodeStatus & { readonly cluster: string; readonly keys: number };

/** What a node waits at most, whatever it is asked. */
const attemptMsMax = 60_000;

/** Time for a node's own answer that it did not get there in time. */
const graceMs = 500;

/** One attempt's end: an answer for the caller, or a reason to try again. */
type Attempt =
  | { readonly response: Response }
  | { readonly retry: string; readonly mayHaveHappened: boolean };

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly mayHaveHappened?: boolean };
}

/**
 * Talks to a cluster over HTTP: to one node as long as that answers, then to the next. Reads, and writes that certainly
 * had no effect, are sent again; a write whose outcome is unknown only where `repeatWrites` says so.
 */
export class StoreClient {
  readonly #nodes: readonly string[];
  readonly #timeoutMs: number;
  readonly #retryMs: number;
  readonly #repeatWrites: boolean;
  #current = 0;

  /** `nodes` are base URLs, for instance `http://127.0.0.1:7101`; the first is spoken to first. */
  constructor(nodes: readonly string[], options: ClientOptions = {}) {
    this.#nodes = nodes;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#retryMs = options.retryMs ?? 50;
    this.#repeatWrites = options.repeatWrites ?? false;
  }

  /** The revision written. Throws `RequestRefusedError` and `ClusterUnreachableError`, as every call here. */
  async put(key: string, value: Uint8Array | string, ifMatch?: IfMatch): Promise<number> {
    const response = await this.#call(keyPath(key), { method: "PUT", body: value, ...conditional(ifMatch) });
    return ((await response.json()) as { revision: number }).revision;
  }

  /** Undefined when there is no such key. */
  async get(key: string, consistency: Consistency = "linearizable"): Promise<Value | undefined> {
    try {
      const response = await this.#call(`${keyPath(key)}?consistency=${consistency}`, {});
      const revision = Number(response.headers.get("etag")?.replaceAll('"', ""));
      return { value: new Uint8Array(await response.arrayBuffer()), revision };
    } catch (error) {
      if (error instanceof RequestRefusedError && error.reason === "KEY_NOT_FOUND") return undefined;
      throw error;
    }
  }

  /** Whether there was anything to remove. */
  async remove(key: string, ifMatch?: IfMatch): Promise<boolean> {
    try {
      await this.#call(keyPath(key), { method: "DELETE", ...conditional(ifMatch) });
      return true;
    } catch (error) {
      if (error instanceof RequestRefusedError && error.reason === "KEY_NOT_FOUND") return false;
      throw error;
    }
  }

  async #call(path: string, init: RequestInit): Promise<Response> {
    const repeatable = init.method === undefined || (this.#repeatWrites && init.headers === undefined);
    const deadline = Date.now() + this.#timeoutMs;
    for (let tries = 1; ; tries++) {
      const node = this.#nodes[this.#current % this.#nodes.length]!;
      const attempt = await this.#attempt(node + path, init, deadline);
      if ("response" in attempt) return attempt.response;
      if (attempt.mayHaveHappened && !repeatable)
        throw new ClusterUnreachableError(
          `${attempt.retry}. The write may have happened or not: read the key before you try again.`,
        );
      if (Date.now() >= deadline)
        throw new ClusterUnreachableError(
          `No answer from ${this.#nodes.join(", ")} within ${this.#timeoutMs} ms; the last: ${attempt.retry}`,
        );
      this.#moveOnFrom(node);
      if (tries % this.#nodes.length === 0)
        await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
    }
  }

  async #attempt(url: string, init: RequestInit, deadline: number): Promise<Attempt> {
    let response: Response;
    try {
      // Half of what is left, so that a node which hangs leaves time for the others; the node itself waits as long, so
      // that a write which is late under load is not sent again and makes the load worse.
      const timeoutMs = Math.min(attemptMsMax, Math.max(1, Math.ceil((deadline - Date.now()) / 2)));
      const target = new URL(url);
      target.searchParams.set("timeoutMs", String(timeoutMs));
      response = await fetch(target, { ...init, signal: AbortSignal.timeout(timeoutMs + graceMs) });
    } catch (error) {
      const cause = (error as { cause?: { code?: string; message?: string } }).cause;
      const why = cause?.code ?? cause?.message ?? (error as Error).message;
      return { retry: `${new URL(url).host}: ${why}`, mayHaveHappened: cause?.code !== "ECONNREFUSED" };
    }
    if (response.ok) return { response };
    const body = (await response.json().catch(() => ({}))) as ErrorBody;
    const message = body.error?.message ?? response.statusText;
    if (response.status >= 500)
      return { retry: message, mayHaveHappened: body.error?.mayHaveHappened ?? true };
    throw new RequestRefusedError(response.status, body.error?.code ?? "UNKNOWN", message);
  }

  /** Calls at the same time agree: only the first that failed moves on. */
  #moveOnFrom(node: string): void {
    const current = this.#current % this.#nodes.length;
    if (this.#nodes[current] === node) this.#current = (current + 1) % this.#nodes.length;
  }
}

function keyPath(key: string): string {
  return `/kv/${encodeURIComponent(key)}`;
}

function conditional(ifMatch: IfMatch): RequestInit {
  if (ifMatch === undefined) return {};
  return { headers: { "if-match": ifMatch === "*" ? "*" : `"${ifMatch}"` } };
}

/** One node's status; undefined when it does not answer in time. */
export async function statusOf(node: string, timeoutMs = 1_000): Promise<Status | undefined> {
  try {
    const response = await fetch(`${node}/status`, { signal: AbortSignal.timeout(timeoutMs) });
    return (await response.json()) as Status;
  } catch {
    return undefined;
  }
}
