import type { Cancel, Clock } from "../clock.ts";
import { InvalidOptionError } from "../errors.ts";
import { PublishKind, PublishMessage } from "../gen/publish.ts";
import type { Codec, NodeId, Transport } from "../transport.ts";
import { Publisher } from "./publisher.ts";

export interface TopicsOptions {
  /** The channel that publications travel on. Default: `topics`. */
  readonly channel?: string;
  /** Default: `control`. */
  readonly lane?: "control" | "bulk";
  /** A subscriber that was silent that long is forgotten. It renews three times as often. Default: 15,000 ms. */
  readonly leaseMs?: number;
  /** Topics whose last message is kept for those who subscribe later. Default: 0, which is none. */
  readonly retainedMax?: number;
  /** Subscribers that one publisher serves. Default: 4,096. */
  readonly subscribersMax?: number;
  /** Prefixes that one subscriber may want of one publisher. Default: 256. */
  readonly prefixesMax?: number;
}

/** What a subscriber is told beside the message. */
export interface Publication {
  readonly topic: string;
  readonly from: NodeId;
  /** How many messages, of any topic that this node wants of this publisher, were lost just before this one. */
  readonly missed: number;
}

/**
 * Publish and subscribe, at most once. The publisher filters, so what nobody wants never travels. Who subscribes
 * late gets what is published after the subscription has arrived, and before that the last message of each topic
 * if the publisher retains it. A subscriber that is too slow loses the newest messages once the publisher's outbox
 * for it is full, holds nobody else up, and is told how many it missed.
 */
export interface Topics<Message> extends Disposable {
  /** Sends to all who want the topic; returns how many it was handed over for. */
  publish(topic: string, message: Message): number;
  /**
   * Receives the topics of one publisher that begin with `prefix`; the empty prefix is all of them. Holds until it
   * is disposed of, through restarts of the publisher too.
   */
  subscribe(
    publisher: NodeId,
    prefix: string,
    receiver: (message: Message, publication: Publication) => void,
  ): Disposable;
  /** A snapshot of gauges: subscribers of this node, and its own subscriptions. */
  metrics(): Readonly<Record<string, number>>;
}

interface Subscription<Message> {
  readonly prefix: string;
  readonly receiver: (message: Message, publication: Publication) => void;
}

/** What this node wants of one publisher, and what it has heard of it. */
interface Heard<Message> {
  readonly subscriptions: Set<Subscription<Message>>;
  life: number;
  sequence: number;
}

const nobody = new Uint8Array(0);

/** Opens the channel for publications; one per transport and channel name, and one codec for all its topics. */
export function createTopics<Message>(
  { transport, clock }: { readonly transport: Transport; readonly clock: Clock },
  codec: Codec<Message>,
  options: TopicsOptions = {},
): Topics<Message> {
  const { leaseMs = 15_000, retainedMax = 0, subscribersMax = 4_096, prefixesMax = 256 } = options;
  if (!(leaseMs > 0)) throw new InvalidOptionError(`leaseMs is ${leaseMs}: use a number above 0`);
  const lane = options.lane ?? "control";
  const name = options.channel ?? "topics";
  const channel = transport.open(name, PublishMessage, { lane, droppable: true });
  const bounds = { leaseMs, subscribersMax, prefixesMax, retainedMax };
  const publisher = new Publisher(channel, codec, clock, bounds);
  const wanted = new Map<NodeId, Heard<Message>>();
  let cancelRenewal: Cancel = () => {};
  let closed = false;

  const ask = (node: NodeId): void => {
    const prefixes = [...new Set([...(wanted.get(node)?.subscriptions ?? [])].map(({ prefix }) => prefix))];
    channel.send(node, {
      kind: PublishKind.SUBSCRIBE,
      life: 0,
      sequence: 0,
      topic: "",
      body: nobody,
      prefixes,
    });
  };
  // Renewing also tells a publisher that has started again, and repairs a subscription that was lost on the way.
  const renew = (): void => {
    for (const node of wanted.keys()) ask(node);
    cancelRenewal = clock.wake(clock.now() + leaseMs / 3, renew);
  };

  channel.receive((from, message) => {
    if (message.kind === PublishKind.SUBSCRIBE) {
      publisher.subscribe(from, message.prefixes);
      return;
    }
    const heard = wanted.get(from);
    if (message.kind !== PublishKind.PUBLICATION || heard === undefined) return;
    const { topic, life, sequence } = message;
    const missed = heard.life === life ? (sequence - heard.sequence - 1) >>> 0 : 0;
    // Counting backwards would be a duplicate, or an older message that was overtaken.
    if (missed > 0x7fff_ffff) return;
    heard.life = life;
    heard.sequence = sequence;
    const content = codec.decode(message.body);
    const errors: unknown[] = [];
    for (const { prefix, receiver } of [...heard.subscriptions]) {
      if (!topic.startsWith(prefix)) continue;
      try {
        receiver(content, { topic, from, missed });
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `receivers of topic "${topic}" threw`);
  });
  renew();

  return {
    publish: (topic, message) => (closed ? 0 : publisher.publish(topic, message)),
    subscribe(node, prefix, receiver) {
      const heard = wanted.get(node) ?? { subscriptions: new Set(), life: 0, sequence: 0 };
      wanted.set(node, heard);
      const subscription = { prefix, receiver };
      heard.subscriptions.add(subscription);
      ask(node);
      return {
        [Symbol.dispose]() {
          if (!heard.subscriptions.delete(subscription)) return;
          ask(node);
          if (heard.subscriptions.size === 0) wanted.delete(node);
        },
      };
    },
    metrics: () => ({
      subscribers: publisher.subscribers,
      subscriptions: [...wanted.values()].reduce((sum, { subscriptions }) => sum + subscriptions.size, 0),
    }),
    [Symbol.dispose]() {
      closed = true;
      cancelRenewal();
      channel[Symbol.dispose]();
    },
  };
}
