import type { NodeId } from "@coterie/host";
import {
  type Channel,
  ChannelInUseError,
  type ChannelOptions,
  type Codec,
  FastWriter,
  InvalidNodeIdError,
  isNodeId,
  NobodyAnsweredError,
  type Receiver,
  type Transport,
  TransportClosedError,
  type Wait,
} from "@coterie/transport";
import type { Timeline } from "../time/timeline.ts";
import type { Machine } from "../world/machine.ts";
import type { Lane, Network } from "./network.ts";

/** What a road needs of its world. */
export interface RoadParts {
  readonly timeline: Timeline;
  readonly network: Network;
  /** Undefined for a name that no machine of the world has. */
  machine(id: NodeId): Machine | undefined;
  /** How a message reads in the trace; undefined when nobody will read it. */
  readonly describe: ((channel: string, message: unknown) => string) | undefined;
}

/** What a road counts, by the names that the real one uses. */
interface Counts {
  recordsSent: number;
  recordsReceived: number;
  droppedUnknownPeer: number;
  droppedOutboxFull: number;
  droppedNoReceiver: number;
  droppedMalformed: number;
}

const scheme = "sim://";
/** A question that was not answered by then was lost, or its answer was. */
const askEveryMs = 500;

/** One life's `Transport` over the simulated network. Every machine of the world is connected from the start. */
export class SimulatedRoad implements Transport {
  readonly id: NodeId;
  readonly address: string;
  readonly #parts: RoadParts;
  readonly #machine: Machine;
  readonly #life: number;
  readonly #channels = new Map<string, SimulatedChannel<unknown>>();
  readonly #forgotten = new Set<NodeId>();
  readonly #writer = new FastWriter();
  #closed = false;
  /** Ends the questions that wait for an answer. */
  readonly #giveUp = new Set<() => void>();
  readonly counts: Counts = {
    recordsSent: 0,
    recordsReceived: 0,
    droppedUnknownPeer: 0,
    droppedOutboxFull: 0,
    droppedNoReceiver: 0,
    droppedMalformed: 0,
  };

  constructor(parts: RoadParts, machine: Machine) {
    this.#parts = parts;
    this.#machine = machine;
    this.#life = machine.life;
    this.id = machine.id;
    this.address = addressOf(machine.id);
  }

  get #alive(): boolean {
    return this.#machine.leads(this.#life);
  }

  connect(peer: NodeId, _address: string): void {
    if (!isNodeId(peer)) throw new InvalidNodeIdError(peer);
    this.#forgotten.delete(peer);
  }

  async discover(address: string, { signal, timeoutMs = 5_000 }: Wait = {}): Promise<NodeId> {
    const { timeline } = this.#parts;
    const until = timeline.now + timeoutMs;
    while (!this.#closed) {
      signal?.throwIfAborted();
      const leftMs = until - timeline.now;
      if (leftMs <= 0) throw new NobodyAnsweredError(address, timeoutMs);
      const found = await this.#ask(address, Math.min(leftMs, askEveryMs), signal);
      if (found !== undefined) return found;
    }
    throw new TransportClosedError(this.id);
  }

  /** One question, which may be lost as any message, and so may its answer. */
  #ask(address: string, forMs: number, signal: AbortSignal | undefined): Promise<NodeId | undefined> {
    const { timeline, network, machine } = this.#parts;
    const asked = this.#machine;
    return new Promise<NodeId | undefined>((resolve) => {
      const end = (found?: NodeId): void => {
        this.#giveUp.delete(giveUp);
        signal?.removeEventListener("abort", giveUp);
        resolve(found);
      };
      const giveUp = (): void => end();
      timeline.schedule(timeline.now + forMs, "timer", asked, this.#life, 0, giveUp);
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#giveUp.add(giveUp);
      const target = machine(address.slice(scheme.length));
      if (target === undefined || !address.startsWith(scheme)) return;
      const bytes = new TextEncoder().encode(address);
      const text = (): string => `who listens at ${address}?`;
      network.carry(asked, target, "control", bytes, text, () => {
        const road = target.host?.transport;
        if (road === undefined || road.#closed) return;
        network.carry(target, asked, "control", bytes, text, () => {
          if (this.#alive) end(target.id);
        });
      });
    });
  }

  disconnect(peer: NodeId): void {
    this.#forgotten.add(peer);
  }

  open<Message>(name: string, codec: Codec<Message>, options?: ChannelOptions): Channel<Message> {
    if (this.#closed) throw new TransportClosedError(this.id);
    if (this.#channels.has(name)) throw new ChannelInUseError(name, name);
    const channel = new SimulatedChannel(name, codec, options?.lane ?? "control", this);
    this.#channels.set(name, channel as unknown as SimulatedChannel<unknown>);
    return channel;
  }

  close(channel: { readonly name: string }): void {
    if ((this.#channels.get(channel.name) as unknown) === channel) this.#channels.delete(channel.name);
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.counts };
  }

  send<Message>(channel: SimulatedChannel<Message>, to: NodeId, message: Message): boolean {
    if (this.#closed || !this.#alive) return false;
    const target = this.#parts.machine(to);
    if (target === undefined || this.#forgotten.has(to)) {
      this.counts.droppedUnknownPeer++;
      return false;
    }
    const bytes = this.#encode(channel.codec, message);
    const { describe, network } = this.#parts;
    const text = describe && (() => describe(channel.name, message));
    const { name } = channel;
    const from = this.id;
    const taken = network.carry(this.#machine, target, channel.lane, bytes, text, () =>
      target.host?.transport.arrive(from, name, bytes),
    );
    if (taken) this.counts.recordsSent++;
    else this.counts.droppedOutboxFull++;
    return taken;
  }

  /** Memory that the writer has cut off is never written again, so every message has bytes of its own. */
  #encode<Message>(codec: Codec<Message>, message: Message): Uint8Array {
    try {
      codec.encode(message, this.#writer);
    } catch (error) {
      this.#writer.rewind(0);
      throw error;
    }
    return this.#writer.cut();
  }

  /** Called on the receiving side. */
  arrive(from: NodeId, name: string, bytes: Uint8Array): void {
    if (this.#closed || this.#forgotten.has(from)) return;
    const channel = this.#channels.get(name);
    if (channel === undefined) {
      this.counts.droppedNoReceiver++;
      return;
    }
    channel.arrive(from, bytes, this.counts);
  }

  async drained(to: NodeId, lane: Lane): Promise<void> {
    const { timeline, network } = this.#parts;
    const target = this.#parts.machine(to);
    if (target === undefined || target === this.#machine) return;
    const at = network.roomAt(this.#machine, target, lane);
    if (at <= timeline.now) return;
    await new Promise<void>((resolve) => {
      timeline.schedule(at, "world", this.#machine, this.#life, 0, resolve);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#channels.clear();
    for (const giveUp of this.#giveUp) giveUp();
  }
}

/** Where a simulated machine listens. */
export function addressOf(id: NodeId): string {
  return `${scheme}${id}`;
}

class SimulatedChannel<Message> implements Channel<Message> {
  readonly name: string;
  readonly codec: Codec<Message>;
  readonly lane: Lane;
  readonly #road: SimulatedRoad;
  #receiver: Receiver<Message> | undefined;
  #closed = false;

  constructor(name: string, codec: Codec<Message>, lane: Lane, road: SimulatedRoad) {
    this.name = name;
    this.codec = codec;
    this.lane = lane;
    this.#road = road;
  }

  send(to: NodeId, message: Message): boolean {
    return !this.#closed && this.#road.send(this, to, message);
  }

  receive(receiver: Receiver<Message>): void {
    this.#receiver = receiver;
  }

  drained(to: NodeId): Promise<void> {
    return this.#road.drained(to, this.lane);
  }

  arrive(from: NodeId, bytes: Uint8Array, counts: Counts): void {
    if (this.#receiver === undefined) {
      counts.droppedNoReceiver++;
      return;
    }
    let message: Message;
    try {
      message = this.codec.decode(bytes);
    } catch {
      // Another version of the protocol may speak otherwise: a road counts and drops, as the real one does.
      counts.droppedMalformed++;
      return;
    }
    counts.recordsReceived++;
    this.#receiver(from, message);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#road.close(this);
  }
}
