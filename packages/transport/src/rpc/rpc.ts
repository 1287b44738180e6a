import type { Clock, Wait } from "../clock.ts";
import { InvalidOptionError } from "../errors.ts";
import type { NodeId, Transport } from "../transport.ts";
import { Calls } from "./calls.ts";
import { envelopeCodec, kinds } from "./envelope.ts";
import type { Handler, Method, ServeOptions } from "./method.ts";
import { Server } from "./server.ts";

export interface RpcDependencies {
  readonly transport: Transport;
  readonly clock: Clock;
}

export interface RpcOptions {
  /** The channel that calls travel on. Default: `rpc`. */
  readonly channel?: string;
  /** How long a call waits that says nothing else. Default: 10,000 ms. */
  readonly timeoutMs?: number;
  /** Calls of this node that may wait for their answers. Default: 65,536. */
  readonly callsMax?: number;
  /** Calls of others that may be worked on here. More are refused as `ERR_OVERLOADED`. Default: 65,536. */
  readonly servingMax?: number;
  /** Answers of methods served with `once` that are kept for repeated calls, newest last. Default: 16,384. */
  readonly answersMax?: number;
}

export interface CallOptions extends Wait {
  /** W3C trace context (`traceparent`) for the handler to go on with. */
  readonly trace?: string;
  /**
   * Sends the call again after that long without an answer, until its deadline: a lost message then costs time
   * only. The call may be carried out more than once, unless the method is served with `once`. Default: never.
   */
  readonly retryMs?: number;
}

/**
 * Calls between nodes, each answered at most once and, unless `retryMs` is given, carried out at most once. A call that fails with
 * `CallTimeoutError` or by its signal may have been carried out; one that fails with `UnreachableError` was not.
 */
export interface Rpc extends Disposable {
  /** Tells this life of the node from others: the time at which it began, in milliseconds. */
  readonly life: number;
  /** Answers a method's calls until the result is disposed of. Throws `MethodInUseError`. */
  serve<Request, Response>(
    method: Method<Request, Response>,
    handler: Handler<Request, Response>,
    options?: ServeOptions,
  ): Disposable;
  /**
   * Calls a method of a peer, or of this node itself. Rejects with `UnreachableError`, `CallTimeoutError`,
   * `RemoteError`, `TooManyCallsError`, `TransportClosedError`, or the signal's reason.
   */
  call<Request, Response>(
    to: NodeId,
    method: Method<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response>;
  /** A snapshot of gauges: calls waited for, calls being answered, and the smoothed time to an answer. */
  metrics(): Readonly<Record<string, number>>;
}

/** Opens the channel for calls; one per transport and channel name. */
export function createRpc({ transport, clock }: RpcDependencies, options: RpcOptions = {}): Rpc {
  const { timeoutMs = 10_000, callsMax = 65_536, servingMax = 65_536, answersMax = 16_384 } = options;
  for (const [name, value] of Object.entries({ timeoutMs, callsMax, servingMax, answersMax }))
    if (!(value > 0)) throw new InvalidOptionError(`${name} is ${value}: use a number above 0`);
  const channel = transport.open(options.channel ?? "rpc", envelopeCodec);
  const calls = new Calls(transport.id, channel, clock, callsMax, timeoutMs);
  const server = new Server(channel, clock, servingMax, answersMax);
  channel.receive((from, envelope) => {
    if (envelope.kind === kinds.request) server.request(from, envelope);
    else if (envelope.kind === kinds.cancel) server.cancel(from, envelope);
    else if (envelope.kind === kinds.response || envelope.kind === kinds.failure)
      calls.answer(from, envelope);
  });
  return {
    life: Math.floor(clock.wall()),
    serve: (method, handler, how) => server.serve(method, handler, how),
    call: (to, method, request, how) => calls.call(to, method, request, how),
    metrics: () => ({ calls: calls.size, serving: server.size, roundTripMs: calls.roundTripMs }),
    [Symbol.dispose]() {
      calls.close();
      server.close();
      channel[Symbol.dispose]();
    },
  };
}
