import type { Clock } from "../clock.ts";
import { PublishKind, type PublishMessage } from "../gen/publish.ts";
import type { Channel, Codec, NodeId } from "../transport.ts";
import { FastWriter } from "../wire/writer.ts";

interface Subscriber {
  /** What it is counted by: a subscriber that was forgotten and comes back is counted anew. */
  readonly life: number;
  prefixes: readonly string[];
  sequence: number;
  leaseEnds: number;
}

export interface PublisherBounds {
  readonly leaseMs: number;
  readonly subscribersMax: number;
  readonly prefixesMax: number;
  readonly retainedMax: number;
}

/** Knows who wants what, and sends it to them alone. */
export class Publisher<Message> {
  readonly #channel: Channel<PublishMessage>;
  readonly #codec: Codec<Message>;
  readonly #clock: Clock;
  readonly #bounds: PublisherBounds;
  #lastLife: number;
  readonly #subscribers = new Map<NodeId, Subscriber>();
  /** The last message of each topic, the longest unchanged first. */
  readonly #retained = new Map<string, Uint8Array>();
  readonly #writer = new FastWriter();

  constructor(
    channel: Channel<PublishMessage>,
    codec: Codec<Message>,
    clock: Clock,
    bounds: PublisherBounds,
  ) {
    this.#channel = channel;
    this.#codec = codec;
    this.#clock = clock;
    this.#bounds = bounds;
    this.#lastLife = Math.floor(clock.wall()) >>> 0;
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Encodes once, however many want it. Returns to how many it was sent. */
  publish(topic: string, message: Message): number {
    this.#codec.encode(message, this.#writer);
    const body = this.#writer.finish();
    this.#retain(topic, body);
    const now = this.#clock.now();
    let sent = 0;
    for (const [id, subscriber] of this.#subscribers) {
      if (subscriber.leaseEnds <= now) this.#subscribers.delete(id);
      else if (subscriber.prefixes.some((prefix) => topic.startsWith(prefix)))
        if (this.#send(id, subscriber, topic, body)) sent++;
    }
    return sent;
  }

  /** Takes a subscriber's wishes, all of them, and gives it what is retained of the new ones. */
  subscribe(from: NodeId, prefixes: readonly string[]): void {
    const { leaseMs, subscribersMax, prefixesMax } = this.#bounds;
    const known = this.#subscribers.get(from);
    if (prefixes.length === 0) {
      this.#subscribers.delete(from);
      return;
    }
    if (prefixes.length > prefixesMax || (known === undefined && this.#subscribers.size >= subscribersMax))
      return;
    const had = known?.prefixes ?? [];
    const subscriber = known ?? { life: this.#nextLife(), prefixes, sequence: 0, leaseEnds: 0 };
    subscriber.prefixes = prefixes;
    subscriber.leaseEnds = this.#clock.now() + leaseMs;
    this.#subscribers.set(from, subscriber);
    const fresh = prefixes.filter((prefix) => !had.includes(prefix));
    if (fresh.length === 0) return;
    for (const [topic, body] of this.#retained)
      if (fresh.some((prefix) => topic.startsWith(prefix))) this.#send(from, subscriber, topic, body);
  }

  #send(to: NodeId, subscriber: Subscriber, topic: string, body: Uint8Array): boolean {
    // Counted even when it is dropped here: the subscriber then sees that it missed something.
    subscriber.sequence = (subscriber.sequence + 1) >>> 0;
    const { life, sequence } = subscriber;
    const kind = PublishKind.PUBLICATION;
    return this.#channel.send(to, { kind, life, sequence, topic, body, prefixes: [] });
  }

  /** In wide steps, so that the lives that begin with another time of this publisher's start are others. */
  #nextLife(): number {
    this.#lastLife = (this.#lastLife + 0x9e37_79b9) >>> 0;
    return this.#lastLife;
  }

  #retain(topic: string, body: Uint8Array): void {
    if (this.#bounds.retainedMax === 0) return;
    this.#retained.delete(topic);
    this.#retained.set(topic, body);
    if (this.#retained.size > this.#bounds.retainedMax) {
      const oldest = this.#retained.keys().next().value;
      if (oldest !== undefined) this.#retained.delete(oldest);
    }
  }
}
