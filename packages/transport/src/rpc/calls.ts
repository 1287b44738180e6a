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
import { type Envelope, envelope, kinds, type Outgoing, readBody } from "./envelope.ts";
import { type Method, methodId } from "./method.ts";
import type { CallOptions } from "./rpc.ts";

/** Deadlines are looked at no more often than this, however many calls wait. */
const sweepMs = 4;

/** One call of so many is timed. */
const sampling = 16;

/** A call that waits for its answer; also the envelope that asks, so that one object is all that it needs. */
class Call implements Envelope {
  readonly kind: number = kinds.request;
  readonly life: number;
  readonly id: number;
  readonly method: number;
  readonly timeoutMs: number;
  readonly trace: string;
  readonly code: string = "";
  readonly message: string = "";
  readonly body: Outgoing;
  readonly to: NodeId;
  readonly called: Method<unknown, unknown>;
  /** What the caller said: on the wire it is whole milliseconds. */
  readonly waitMs: number;
  readonly deadline: number;
  readonly resolve: (response: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Sent again after so long, next at that time. */
  retry: { readonly everyMs: number; at: number } | undefined = undefined;
  unwatch: (() => void) | undefined = undefined;

  constructor(
    life: number,
    id: number,
    to: NodeId,
    called: Method<unknown, unknown>,
    request: unknown,
    trace: string,
    waitMs: number,
    now: number,
    resolve: (response: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.life = life;
    this.id = id;
    this.method = methodId(called.name);
    this.timeoutMs = onTheWire(waitMs);
    this.trace = trace;
    this.body = { codec: called.request, message: request };
    this.to = to;
    this.called = called;
    this.waitMs = waitMs;
    this.deadline = now + waitMs;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** When it must be looked at next. */
  get due(): number {
    return this.retry === undefined ? this.deadline : Math.min(this.deadline, this.retry.at);
  }
}

/** The calls that this node has made and that were not answered yet. */
export class Calls {
  readonly #self: NodeId;
  readonly #channel: Channel<Envelope>;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #life: number;
  readonly #timeoutMs: number;
  readonly #waiting = new CallTable<Call>();
  #sweepAt = Number.POSITIVE_INFINITY;
  #cancelSweep: Cancel | undefined;
  #roundTripMs = 0;
  #closed = false;

  constructor(self: NodeId, channel: Channel<Envelope>, clock: Clock, max: number, timeoutMs: number) {
    this.#self = self;
    this.#channel = channel;
    this.#clock = clock;
    this.#max = max;
    this.#timeoutMs = timeoutMs;
    this.#life = Math.floor(clock.wall()) >>> 0;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** From a call to its answer, the handler's work included, smoothed; 0 before the first. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  call<Request, Response>(
    to: NodeId,
    method: Method<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    const signal = options?.signal;
    if (this.#closed) return Promise.reject(new TransportClosedError(this.#self));
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#waiting.size >= this.#max) return Promise.reject(new TooManyCallsError(this.#max));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const now = this.#clock.now();
    const call = new Call(
      this.#life,
      this.#waiting.nextId(),
      to,
      method as Method<unknown, unknown>,
      request,
      options?.trace ?? "",
      options?.timeoutMs ?? this.#timeoutMs,
      now,
      resolve,
      reject,
    );
    try {
      if (this.#channel.send(to, call)) this.#wait(call, now, signal, options?.retryMs);
      else reject(new UnreachableError(to, method.name));
    } catch (error) {
      // What the codec threw.
      reject(error);
    }
    return promise as Promise<Response>;
  }

  /** Takes an answer. Late, repeated and forged ones find nobody waiting. */
  answer(from: NodeId, answer: Envelope): void {
    const { kind, life, id } = answer;
    if (life !== this.#life) return;
    const call = this.#waiting.get(id);
    if (call === undefined || call.to !== from) return;
    this.#settle(call);
    const { called, resolve, reject } = call;
    if (id % sampling === 0) this.#sample(call);
    if (kind === kinds.failure) {
      reject(new RemoteError(from, called.name, answer.code, answer.message));
      return;
    }
    try {
      resolve(readBody(answer, called.response));
    } catch (cause) {
      const error = new RemoteError(from, called.name, "ERR_BAD_RESPONSE", "its answer cannot be read");
      error.cause = cause;
      reject(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelSweep?.();
    for (const call of this.#waiting) this.#giveUp(call, new TransportClosedError(this.#self));
  }

  #wait(call: Call, now: number, signal: AbortSignal | undefined, retryMs: number | undefined): void {
    this.#waiting.add(call);
    if (retryMs !== undefined) call.retry = { everyMs: retryMs, at: now + retryMs };
    if (signal !== undefined) {
      const abort = (): void => this.#giveUp(call, signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      call.unwatch = () => signal.removeEventListener("abort", abort);
    }
    const { due } = call;
    if (due < this.#sweepAt) this.#armSweep(due);
  }

  #settle(call: Call): void {
    this.#waiting.delete(call);
    call.unwatch?.();
  }

  /** Nobody waits any more: says so to the server, which may stop working on it. */
  #giveUp(call: Call, reason: unknown): void {
    this.#settle(call);
    this.#channel.send(call.to, envelope(kinds.cancel, this.#life, call.id));
    call.reject(reason);
  }

  /** Smoothed as TCP smooths its round trips (RFC 6298). */
  #sample({ deadline, waitMs }: Call): void {
    if (waitMs === Number.POSITIVE_INFINITY) return;
    const tripMs = this.#clock.now() - (deadline - waitMs);
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
    for (const call of this.#waiting) {
      if (call.deadline <= now) {
        this.#giveUp(call, new CallTimeoutError(call.to, call.called.name, call.waitMs));
        continue;
      }
      const { retry } = call;
      if (retry !== undefined && retry.at <= now) {
        this.#channel.send(call.to, call);
        retry.at = now + retry.everyMs;
      }
      next = Math.min(next, call.due);
    }
    this.#sweepAt = Number.POSITIVE_INFINITY;
    if (next < Number.POSITIVE_INFINITY) this.#armSweep(Math.max(next, now + sweepMs));
  }
}

/** Whole milliseconds that fit 32 bits. Longer than that, 49 days, is for ever. */
function onTheWire(timeoutMs: number): number {
  return timeoutMs > 0xffff_ffff ? 0 : Math.max(1, Math.ceil(timeoutMs));
}
