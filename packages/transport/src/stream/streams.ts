import type { Clock } from "../clock.ts";
import { InvalidOptionError, StreamInUseError, TransportClosedError } from "../errors.ts";
import { StreamKind, StreamMessage } from "../gen/stream.ts";
import type { NodeId, Transport } from "../transport.ts";
import { IncomingStream } from "./incoming.ts";
import { OutgoingStream, type StreamSource } from "./outgoing.ts";

export interface StreamsOptions {
  /** The channel that streams travel on, on the bulk lane. Default: `stream`. */
  readonly channel?: string;
  /** Bytes of one stream that may be on their way or waiting to be read. Default: 1 MiB. */
  readonly windowBytes?: number;
  /** Bytes of one record. Default: 64 KiB. */
  readonly chunkBytes?: number;
  /** After that long without a sign of the other side, a stream is resumed or given up. Default: 5,000 ms. */
  readonly silenceMs?: number;
  /** How often in a row a stream is resumed without getting a byte further. Default: 5. */
  readonly resumesMax?: number;
  /** Streams that may be read from this node at a time. Default: 64. */
  readonly outgoingMax?: number;
}

export interface FetchOptions {
  /** Where to begin, in bytes. Default: 0. */
  readonly offset?: number;
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * A piece may be gone (its length is then 0) when the next one is asked for: the reader copies what it keeps. Saves
   * the collector half of the work of receiving, and everything beside the stream its pauses. Default: false.
   */
  readonly borrow?: boolean;
}

/**
 * Large payloads in constant memory: the reader pulls, gives credit for one window at a time, and resumes where it
 * stood when something was lost. Each byte is handed to the reader exactly once and in order, as long as the source
 * gives the same bytes for the same offsets.
 */
export interface Streams extends Disposable {
  /** Lets peers fetch a stream by its name until the result is disposed of. Throws `StreamInUseError`. */
  offer(name: string, source: StreamSource): Disposable;
  /**
   * Reads a stream of a peer. Iterating throws `StreamFailedError` for what its source threw,
   * `StreamInterruptedError` (with the offset to go on from) when the peer went silent, or the signal's reason.
   */
  fetch(from: NodeId, name: string, options?: FetchOptions): AsyncGenerator<Uint8Array, void, undefined>;
  /** A snapshot of gauges: streams being read and being written. */
  metrics(): Readonly<Record<string, number>>;
}

const empty: StreamMessage = {
  kind: StreamKind.UNSPECIFIED,
  id: 0,
  name: "",
  offset: 0,
  credit: 0,
  data: new Uint8Array(0),
  code: "",
  message: "",
};

/** Opens the channel for streams; one per transport and channel name. */
export function createStreams(
  { transport, clock }: { readonly transport: Transport; readonly clock: Clock },
  options: StreamsOptions = {},
): Streams {
  const {
    windowBytes = 1024 * 1024,
    chunkBytes = 64 * 1024,
    silenceMs = 5_000,
    resumesMax = 5,
    outgoingMax = 64,
  } = options;
  for (const [name, value] of Object.entries({ windowBytes, chunkBytes, silenceMs, outgoingMax }))
    if (!(value > 0)) throw new InvalidOptionError(`${name} is ${value}: use a number above 0`);
  if (windowBytes < 2 * chunkBytes)
    throw new InvalidOptionError(
      `windowBytes is ${windowBytes}: use at least twice chunkBytes, ${chunkBytes}`,
    );

  const channel = transport.open(options.channel ?? "stream", StreamMessage, { lane: "bulk", lend: true });
  const sources = new Map<string, StreamSource>();
  const outgoing = new Map<string, OutgoingStream>();
  const incoming = new Map<number, { from: NodeId; stream: IncomingStream }>();
  // An id of an earlier life of this node never comes again: it begins with the time.
  let lastId = Math.floor(clock.wall()) * 1_024;
  let closed = false;

  const open = (from: NodeId, { id, name, offset, credit }: StreamMessage): void => {
    const refuse = (code: string, message: string): void =>
      void channel.send(from, { ...empty, kind: StreamKind.FAILURE, id, code, message });
    const source = sources.get(name);
    if (source === undefined) return refuse("ERR_UNKNOWN_STREAM", `"${name}" is not offered here`);
    if (outgoing.size >= outgoingMax)
      return refuse("ERR_OVERLOADED", `${outgoingMax} streams are being read`);
    const key = `${from} ${id}`;
    const stream = new OutgoingStream(channel, clock, from, id, credit, { chunkBytes, silenceMs });
    outgoing.set(key, stream);
    void stream.run(source, offset).then(() => outgoing.delete(key));
  };

  channel.receive((from, message) => {
    if (message.kind === StreamKind.OPEN) open(from, message);
    else if (message.kind === StreamKind.CREDIT) outgoing.get(`${from} ${message.id}`)?.grant(message.credit);
    else if (message.kind === StreamKind.CANCEL) outgoing.get(`${from} ${message.id}`)?.cancel();
    else {
      const reading = incoming.get(message.id);
      if (reading?.from === from) reading.stream.receive(message);
    }
  });

  async function* fetch(
    from: NodeId,
    name: string,
    { offset = 0, signal, borrow = false }: FetchOptions = {},
  ) {
    if (closed) throw new TransportClosedError(transport.id);
    signal?.throwIfAborted();
    const say = (fields: Partial<StreamMessage>): void => void channel.send(from, { ...empty, ...fields });
    const ids: number[] = [];
    const stream = new IncomingStream(
      from,
      name,
      offset,
      clock,
      { windowBytes, silenceMs, resumesMax },
      {
        open(at, credit) {
          const id = ++lastId;
          ids.push(id);
          incoming.set(id, { from, stream });
          say({ kind: StreamKind.OPEN, id, name, offset: at, credit });
          return id;
        },
        credit: (id, credit) => say({ kind: StreamKind.CREDIT, id, credit }),
        cancel(id) {
          incoming.delete(id);
          say({ kind: StreamKind.CANCEL, id });
        },
      },
    );
    stream.start();
    const abort = (): void => stream.fail(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      yield* stream.read(borrow);
    } finally {
      signal?.removeEventListener("abort", abort);
      for (const id of ids) incoming.delete(id);
    }
  }

  return {
    offer(name, source) {
      if (sources.has(name)) throw new StreamInUseError(name);
      sources.set(name, source);
      return {
        [Symbol.dispose]: () => void (sources.get(name) === source && sources.delete(name)),
      };
    },
    fetch,
    metrics: () => ({ streamsRead: incoming.size, streamsWritten: outgoing.size }),
    [Symbol.dispose]() {
      closed = true;
      for (const { stream } of incoming.values()) stream.fail(new TransportClosedError(transport.id));
      for (const stream of outgoing.values()) stream.cancel();
      sources.clear();
      channel[Symbol.dispose]();
    },
  };
}
