import type { Cancel, Clock } from "../clock.ts";
import {
  CallTimeoutError,
  RemoteError,
  TooManyCallsError,
  TransportClosedError,
  UnreachableError,
} from "../errors.ts";
import type { Channel, NodeId } from "../transport.ts";
import { CallTable } from "./call-table.ts";
import { type Envelope, envelope, kinds, readBody } from "./envelope.ts";
import { type Method, methodId } from "./method.ts";

/** Deadlines are looked at no more often than this, however many calls wait. */
const sweepMs = 4;

/** One call of so many is timed. */
const sampling = 16;

export interface CallTerms {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly trace: string | undefined;
  /** After that long without an answer the call is sent again; Infinity is never. */
  readonly retryMs: number;
}

interface Pending {
  readonly id: number;
  readonly to: NodeId;
  readonly method: Method<never, unknown>;
  readonly timeoutMs: number;
  readonly deadline: number;
  readonly retryMs: number;
  /** When it is to be sent again. */
  retryAt: number;
  readonly request: Envelope;
  readonly resolve: (response: unknown) => void;
  readonly reject: (reason: unknown) => void;
  signal: AbortSignal | undefined;
  abort: (() => void) | undefined;
}

/** The calls that this node has made and that were not answered yet. */
export class Calls {
  readonly #self: NodeId;
  readonly #channel: Channel<Envelope>;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #life: number;
  readonly #pending = new CallTable<Pending>();
  #sweepAt = Number.POSITIVE_INFINITY;
  #cancelSweep: Cancel | undefined;
  #roundTripMs = 0;
  #closed = false;

  constructor(self: NodeId, channel: Channel<Envelope>, clock: Clock, max: number) {
    this.#self = self;
    this.#channel = channel;
    this.#clock = clock;
    this.#max = max;
    this.#life = Math.floor(clock.wall()) >>> 0;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** From a call to its answer, the handler's work included, smoothed; 0 before the first. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  call<Request, Response>(
    to: NodeId,
    method: Method<Request, Response>,
    request: Request,
    terms: CallTerms,
  ): Promise<Response> {
    const { signal, timeoutMs } = terms;
    if (this.#closed) return Promise.reject(new TransportClosedError(this.#self));
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#pending.size >= this.#max) return Promise.reject(new TooManyCallsError(this.#max));
    const id = this.#pending.nextId();
    return new Promise<Response>((resolve, reject) => {
      const envelope: Envelope = {
        kind: kinds.request,
        life: this.#life,
        id,
        method: methodId(method.name),
        timeoutMs: onTheWire(timeoutMs),
        trace: terms.trace ?? "",
        code: "",
        message: "",
        body: { codec: method.request as Method<unknown, unknown>["request"], message: request },
      };
      if (!this.#channel.send(to, envelope)) {
        reject(new UnreachableError(to, method.name));
        return;
      }
      const now = this.#clock.now();
      const pending: Pending = {
        id,
        to,
        method: method as Method<never, unknown>,
        timeoutMs,
        deadline: now + timeoutMs,
        retryMs: terms.retryMs,
        retryAt: now + terms.retryMs,
        request: envelope,
        resolve: resolve as Pending["resolve"],
        reject,
        signal,
        abort: undefined,
      };
      this.#pending.add(pending);
      if (signal !== undefined) this.#watch(pending, signal);
      const due = Math.min(pending.deadline, pending.retryAt);
      if (due < this.#sweepAt) this.#armSweep(due);
    });
  }

  /** Takes an answer. Late, repeated and forged ones find nobody waiting. */
  answer(from: NodeId, answer: Envelope): void {
    const { kind, life, id } = answer;
    if (life !== this.#life) return;
    const pending = this.#pending.get(id);
    if (pending === undefined || pending.to !== from) return;
    this.#settle(pending);
    const { method, resolve, reject } = pending;
    if (id % sampling === 0) this.#sample(pending);
    if (kind === kinds.failure) {
      reject(new RemoteError(from, method.name, answer.code, answer.message));
      return;
    }
    try {
      resolve(readBody(answer, method.response));
    } catch (cause) {
      const error = new RemoteError(from, method.name, "ERR_BAD_RESPONSE", "its answer cannot be read");
      error.cause = cause;
      reject(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelSweep?.();
    for (const pending of this.#pending) this.#giveUp(pending, new TransportClosedError(this.#self));
  }

  #watch(pending: Pending, signal: AbortSignal): void {
    pending.abort = () => this.#giveUp(pending, signal.reason);
    signal.addEventListener("abort", pending.abort, { once: true });
  }

  #settle(pending: Pending): void {
    const { signal, abort } = pending;
    this.#pending.delete(pending);
    if (abort !== undefined) signal?.removeEventListener("abort", abort);
  }

  /** Nobody waits any more: says so to the server, which may stop working on it. */
  #giveUp(pending: Pending, reason: unknown): void {
    this.#settle(pending);
    this.#channel.send(pending.to, envelope(kinds.cancel, this.#life, pending.id));
    pending.reject(reason);
  }

  /** Smoothed as TCP smooths its round trips (RFC 6298). */
  #sample({ deadline, timeoutMs }: Pending): void {
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    const tripMs = this.#clock.now() - (deadline - timeoutMs);
    this.#roundTripMs = this.#roundTripMs === 0 ? tripMs : this.#roundTripMs * 0.875 + tripMs * 0.125;
  }

  #armSweep(at: number): void {
    this.#cancelSweep?.();
    this.#sweepAt = at;
    this.#cancelSweep = this.#clock.wake(at, () => this.#sweep());
  }

  #sweep(): void {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending) {
      if (pending.deadline <= now) {
        this.#giveUp(pending, new CallTimeoutError(pending.to, pending.method.name, pending.timeoutMs));
        continue;
      }
      if (pending.retryAt <= now) {
        this.#channel.send(pending.to, pending.request);
        pending.retryAt = now + pending.retryMs;
      }
      next = Math.min(next, pending.deadline, pending.retryAt);
    }
    this.#sweepAt = Number.POSITIVE_INFINITY;
    if (next < Number.POSITIVE_INFINITY) this.#armSweep(Math.max(next, now + sweepMs));
  }
}

/** Whole milliseconds that fit 32 bits. Longer than that, 49 days, is for ever. */
function onTheWire(timeoutMs: number): number {
  return timeoutMs > 0xffff_ffff ? 0 : Math.max(1, Math.ceil(timeoutMs));
}
