import type { Cancel, Clock } from "../clock.ts";
import { MethodInUseError } from "../errors.ts";
import type { Channel, NodeId } from "../transport.ts";
import { type Envelope, envelope, kinds, readBody } from "./envelope.ts";
import { type Handler, type IncomingCall, type Method, methodId, type ServeOptions } from "./method.ts";
import { Once } from "./once.ts";

const failureTextMax = 4_096;

interface Served {
  readonly method: Method<unknown, unknown>;
  readonly handler: Handler<unknown, unknown>;
  readonly once: boolean;
}

/** What is being worked on for one peer. */
interface Caller {
  life: number;
  readonly calls: Map<number, Serving>;
}

/** A call that is being answered. Its signal is made only for a handler that asks for it. */
class Serving implements IncomingCall {
  readonly from: NodeId;
  readonly deadline: number;
  readonly trace: string | undefined;
  readonly #clock: Clock;
  #controller: AbortController | undefined;
  #cancelWake: Cancel | undefined;
  #aborted = false;

  constructor(from: NodeId, deadline: number, trace: string | undefined, clock: Clock) {
    this.from = from;
    this.deadline = deadline;
    this.trace = trace;
    this.#clock = clock;
  }

  /** Nobody waits for the answer. */
  get aborted(): boolean {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
      else if (this.deadline < Number.POSITIVE_INFINITY)
        this.#cancelWake = this.#clock.wake(this.deadline, () => this.abort());
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.finish();
    this.#controller?.abort();
  }

  finish(): void {
    this.#cancelWake?.();
  }
}

/** The methods that this node serves, and the calls it is answering. */
export class Server {
  readonly #channel: Channel<Envelope>;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #methods = new Map<number, Served>();
  readonly #callers = new Map<NodeId, Caller>();
  readonly #once: Once;
  #serving = 0;

  constructor(channel: Channel<Envelope>, clock: Clock, max: number, answersMax: number) {
    this.#once = new Once(answersMax);
    this.#channel = channel;
    this.#clock = clock;
    this.#max = max;
  }

  get size(): number {
    return this.#serving;
  }

  serve<Request, Response>(
    method: Method<Request, Response>,
    handler: Handler<Request, Response>,
    { once = false }: ServeOptions = {},
  ): Disposable {
    const id = methodId(method.name);
    const holder = this.#methods.get(id);
    if (holder !== undefined) throw new MethodInUseError(method.name, holder.method.name);
    const served = { method, handler, once } as unknown as Served;
    this.#methods.set(id, served);
    return {
      [Symbol.dispose]: () => {
        if (this.#methods.get(id) === served) this.#methods.delete(id);
      },
    };
  }

  request(from: NodeId, request: Envelope): void {
    const served = this.#methods.get(request.method);
    if (served === undefined) {
      this.#fail(from, request, "ERR_UNKNOWN_METHOD", "no such method is served here");
      return;
    }
    if (served.once) {
      const answer = this.#once.begin(from, request);
      if (answer !== "new") {
        if (answer !== "underway") this.#channel.send(from, answer);
        return;
      }
    }
    let message: unknown;
    try {
      message = readBody(request, served.method.request);
    } catch (error) {
      this.#fail(from, request, "ERR_BAD_REQUEST", String(error));
      return;
    }
    if (this.#serving >= this.#max) {
      this.#fail(from, request, "ERR_OVERLOADED", `${this.#max} calls are being answered already`);
      return;
    }
    const { timeoutMs, trace } = request;
    const deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : this.#clock.now() + timeoutMs;
    const serving = new Serving(from, deadline, trace === "" ? undefined : trace, this.#clock);
    let result: unknown;
    try {
      result = served.handler(message, serving);
    } catch (error) {
      serving.finish();
      this.#failWith(from, request, error);
      return;
    }
    if (result instanceof Promise) this.#wait(from, request, served, serving, result);
    else {
      serving.finish();
      this.#respond(from, request, served, result);
    }
  }

  cancel(from: NodeId, { life, id }: Envelope): void {
    const caller = this.#callers.get(from);
    if (caller?.life === life) caller.calls.get(id)?.abort();
  }

  close(): void {
    this.#methods.clear();
    for (const { calls } of this.#callers.values()) for (const serving of calls.values()) serving.abort();
    this.#callers.clear();
  }

  #wait(from: NodeId, request: Envelope, served: Served, serving: Serving, result: Promise<unknown>): void {
    const caller = this.#caller(from, request.life);
    if (caller === undefined) {
      // An earlier life of the caller asked: there is nobody to answer.
      serving.abort();
      result.catch(() => undefined);
      return;
    }
    const { calls } = caller;
    calls.set(request.id, serving);
    this.#serving++;
    const finish = (): boolean => {
      this.#serving--;
      if (calls.get(request.id) === serving) calls.delete(request.id);
      if (calls.size === 0 && this.#callers.get(from) === caller) this.#callers.delete(from);
      serving.finish();
      return !serving.aborted;
    };
    result.then(
      (response) => void (finish() && this.#respond(from, request, served, response)),
      (error: unknown) => void (finish() && this.#failWith(from, request, error)),
    );
  }

  /** A caller that has started again waits for nothing that it asked before. */
  #caller(from: NodeId, life: number): Caller | undefined {
    const known = this.#callers.get(from);
    if (known?.life === life) return known;
    if (known !== undefined) {
      if (((life - known.life) | 0) < 0) return undefined;
      for (const serving of known.calls.values()) serving.abort();
    }
    const caller: Caller = { life, calls: new Map() };
    this.#callers.set(from, caller);
    return caller;
  }

  #respond(from: NodeId, request: Envelope, { method, once }: Served, response: unknown): void {
    try {
      const answer: Envelope = {
        kind: kinds.response,
        life: request.life,
        id: request.id,
        method: 0,
        timeoutMs: 0,
        trace: "",
        code: "",
        message: "",
        body: { codec: method.response, message: response },
      };
      if (once) this.#once.keep(from, request, answer);
      this.#channel.send(from, answer);
    } catch (error) {
      this.#fail(from, request, "ERR_INTERNAL", `its answer cannot be encoded: ${String(error)}`);
    }
  }

  #failWith(from: NodeId, request: Envelope, error: unknown): void {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    this.#fail(
      from,
      request,
      typeof code === "string" ? code : "ERR_INTERNAL",
      typeof message === "string" ? message : String(error),
    );
  }

  #fail(from: NodeId, request: Envelope, code: string, message: string): void {
    const text = { code: code.slice(0, failureTextMax), message: message.slice(0, failureTextMax) };
    const answer = envelope(kinds.failure, request.life, request.id, text);
    if (this.#methods.get(request.method)?.once) this.#once.keep(from, request, answer);
    this.#channel.send(from, answer);
  }
}
