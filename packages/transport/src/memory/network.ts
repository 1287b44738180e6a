import { setTimeout as sleep } from "node:timers/promises";
import { Channels, type OpenChannel, type ReceiverErrorListener, type Road } from "../channels.ts";
import type { Wait } from "../clock.ts";
import {
  AddressInUseError,
  InvalidNodeIdError,
  NobodyAnsweredError,
  TransportClosedError,
} from "../errors.ts";
import { Counters } from "../metrics.ts";
import { type OutboxLimits, type OutboxOptions, outboxLimits, type SealedFrame } from "../outbox.ts";
import type { Channel, ChannelOptions, Codec, NodeId, Transport } from "../transport.ts";
import { Turn } from "../turn.ts";
import { isNodeId } from "../wire/identity.ts";
import { MemoryLink } from "./link.ts";

export interface MemoryTransportOptions extends OutboxOptions {
  /** Where the transport listens on its network. Default: `memory://` and its id. */
  readonly listen?: string;
  /** Told of what a receiver threw. Default: a process warning. */
  readonly onError?: ReceiverErrorListener;
}

/** A network inside this process. Every message passes through its codec, as it would on the wire. */
export interface MemoryNetwork {
  /** Throws `AddressInUseError` while another open transport listens there. */
  transport(id: NodeId, options?: MemoryTransportOptions): Transport;
}

/** Makes a network of its own: transports of two networks never meet. */
export function memoryNetwork(): MemoryNetwork {
  const listening = new Map<string, MemoryTransport>();
  return {
    transport(id, options = {}) {
      if (!isNodeId(id)) throw new InvalidNodeIdError(id);
      const address = options.listen ?? `memory://${id}`;
      if (listening.has(address)) throw new AddressInUseError(address);
      const transport = new MemoryTransport(id, address, listening, options);
      listening.set(address, transport);
      return transport;
    },
  };
}

/** How often an address is looked at where nobody listens yet. */
const lookEveryMs = 5;

class MemoryTransport implements Transport, Road {
  readonly id: NodeId;
  readonly address: string;
  readonly #listening: Map<string, MemoryTransport>;
  readonly #limits: OutboxLimits;
  readonly #counters = new Counters();
  readonly #channels: Channels;
  readonly #turn = new Turn();
  readonly #links = new Map<NodeId, { address: string; link: MemoryLink }>();
  #closed = false;

  constructor(
    id: NodeId,
    address: string,
    listening: Map<string, MemoryTransport>,
    options: MemoryTransportOptions,
  ) {
    this.id = id;
    this.address = address;
    this.#listening = listening;
    this.#limits = outboxLimits(options);
    this.#channels = new Channels(this, this.#counters, options.onError);
    this.connect(id, address);
  }

  connect(peer: NodeId, address: string): void {
    if (!isNodeId(peer)) throw new InvalidNodeIdError(peer);
    if (this.#closed || this.#links.get(peer)?.address === address) return;
    this.disconnect(peer);
    const link = new MemoryLink(this.#limits, this.#turn, this.#counters, (frame) => {
      const target = this.#listening.get(address);
      if (target?.id === peer) target.#accept(this, frame);
    });
    this.#links.set(peer, { address, link });
  }

  async discover(address: string, { signal, timeoutMs = 5_000 }: Wait = {}): Promise<NodeId> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#closed) throw new TransportClosedError(this.id);
      const found = this.#listening.get(address);
      if (found !== undefined) return found.id;
      if (performance.now() >= until) throw new NobodyAnsweredError(address, timeoutMs);
      await sleep(lookEveryMs);
    }
  }

  disconnect(peer: NodeId): void {
    this.#links.get(peer)?.link.close();
    this.#links.delete(peer);
  }

  open<Message>(name: string, codec: Codec<Message>, options?: ChannelOptions): Channel<Message> {
    if (this.#closed) throw new TransportClosedError(this.id);
    return this.#channels.open(name, codec, options);
  }

  send<Message>(to: NodeId, channel: OpenChannel<Message>, message: Message): boolean {
    const link = this.#links.get(to)?.link;
    if (link === undefined) {
      this.#counters.droppedUnknownPeer++;
      return false;
    }
    const queued = link.outbox.push(channel, message, this.#counters);
    if (queued) link.notify();
    return queued;
  }

  drained(to: NodeId): Promise<void> {
    return this.#links.get(to)?.link.outbox.drained() ?? Promise.resolve();
  }

  metrics(): Readonly<Record<string, number>> {
    return this.#counters.snapshot({ peers: this.#links.size });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    for (const { link } of this.#links.values()) link.flush();
    this.#closed = true;
    for (const peer of [...this.#links.keys()]) this.disconnect(peer);
    this.#listening.delete(this.address);
  }

  /** As on every road, the peer that is heard of can be answered. */
  #accept(from: MemoryTransport, { bytes, lent }: SealedFrame): void {
    if (this.#closed) return;
    if (!this.#links.has(from.id)) this.connect(from.id, from.address);
    this.#channels.deliver(from.id, bytes, lent);
  }
}
