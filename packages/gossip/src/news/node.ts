import { type Driver, drive, type Host, type NodeId } from "@coterie/host";
import type { Channel, ChannelOptions, Codec } from "@coterie/transport";
import { MessageTooLargeError, StoppedError } from "../errors.ts";
import type { Item, NewsCore } from "./core.ts";

/** Where a message comes from. */
export interface NewsAbout {
  /** Unique for ever. */
  readonly id: string;
  /** Who told this node; not necessarily who told it first. */
  readonly from: NodeId;
}

/** A road for messages to every node, typed by a codec. */
export interface News<Message> extends AsyncDisposable {
  /**
   * Tells everybody, as well as the protocol can: see its guarantees. Answers the message's id. This node's own
   * receiver is not called. Throws `MessageTooLargeError` and `StoppedError`.
   */
  tell(message: Message): string;
  /** Sets the one receiver. Each message is handed over once, as long as its id is remembered. */
  receive(receiver: (message: Message, about: NewsAbout) => void): void;
  /** Named counters and gauges. */
  metrics(): Readonly<Record<string, number>>;
}

export interface NewsParts<Message, Wire> {
  readonly name: string;
  readonly codec: Codec<Message>;
  /** Longest message in bytes. */
  readonly bytesMax: number;
  readonly wire: Codec<Wire>;
  readonly channel: ChannelOptions;
  readonly core: NewsCore<Item<Message>, Wire>;
}

/** Runs a core that carries items: what rumors, flooding and trees have in common. */
export class NewsNode<Message, Wire> implements News<Message> {
  readonly #host: Host;
  readonly #parts: NewsParts<Message, Wire>;
  readonly #driver: Driver;
  #receiver: (message: Message, about: NewsAbout) => void = () => {};
  #told = 0;
  #closed = false;

  constructor(host: Host, parts: NewsParts<Message, Wire>) {
    this.#host = host;
    this.#parts = parts;
    const channel: Channel<Wire> = host.transport.open(parts.name, parts.wire, parts.channel);
    this.#driver = drive<Wire, never, { type: "heard"; item: Item<Message>; from: NodeId }>(host, {
      name: parts.name,
      core: parts.core,
      channel,
      persist: async () => {},
      perform: ({ item, from }) => this.#receiver(item.message, { id: item.id, from }),
    });
  }

  tell(message: Message): string {
    const host = this.#host;
    const parts = this.#parts;
    if (this.#closed || host.failed.aborted) throw new StoppedError({ cause: host.failed.reason });
    const payload = parts.codec.encode(message).finish();
    if (payload.length > parts.bytesMax) throw new MessageTooLargeError(payload.length, parts.bytesMax);
    const id = `${host.id}#${host.epoch}/${++this.#told}`;
    parts.core.tell({ id, payload, message }, host.clock.now());
    this.#driver.touch();
    return id;
  }

  receive(receiver: (message: Message, about: NewsAbout) => void): void {
    this.#receiver = receiver;
  }

  metrics(): Readonly<Record<string, number>> {
    return this.#parts.core.metrics();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#driver[Symbol.dispose]();
  }
}
