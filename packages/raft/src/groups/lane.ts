import type { Channel, NodeId } from "@coterie/host";
import { OptionError } from "../errors.ts";

/** What travels on a lane: messages of many groups. */
export interface Batch<Message> {
  epoch: number;
  messages: { group: string; message: Message | undefined }[];
}

/** A batch is sent off once it weighs this much: the transport takes it or drops it as a whole. */
const batchBytesMax = 262_144;
/** What a message counts beside its payload. */
const overheadBytes = 64;

export interface LaneParts<Message> {
  readonly channel: Channel<Batch<Message>>;
  /** This host's life, which goes with every batch. */
  readonly epoch: number;
  /** Bytes of payload in a message. */
  readonly weigh: (message: Message) => number;
  /** A message for a group that is not open here. */
  readonly unknown: (from: NodeId, group: string) => void;
}

interface Counters {
  batchesSent: number;
  messagesSent: number;
  batchesReceived: number;
  messagesReceived: number;
  /** Messages for groups that are not open here. */
  unknown: number;
}

/**
 * One channel for all groups. What they say to a peer in one turn of the event loop leaves as one message; what comes in
 * is handed on in the same turn, so that the answers leave together too.
 */
export class Lane<Message> implements Disposable {
  readonly #parts: LaneParts<Message>;
  readonly #receivers: Map<string, ((from: NodeId, message: Message) => void) | null> = new Map();
  #greeted: (from: NodeId, greeting: { readonly epoch: number }) => void = () => {};
  #outgoing: Map<NodeId, { batch: Batch<Message>; bytes: number }> = new Map();
  readonly #counters: Counters = {
    batchesSent: 0,
    messagesSent: 0,
    batchesReceived: 0,
    messagesReceived: 0,
    unknown: 0,
  };

  constructor(parts: LaneParts<Message>) {
    this.#parts = parts;
    parts.channel.receive((from, batch) => this.#receive(from, batch));
  }

  /** A group's own channel. Throws `OptionError` when the group has one. */
  open(group: string): Channel<Message> {
    if (this.#receivers.has(group)) throw new OptionError(`Group ${group} is open already.`);
    this.#receivers.set(group, null);
    return {
      name: group,
      send: (to, message) => this.#send(to, group, message),
      receive: (receiver) => void this.#receivers.set(group, receiver),
      drained: (to) => this.#parts.channel.drained(to),
      [Symbol.dispose]: () => void this.#receivers.delete(group),
    };
  }

  /**
   * A channel for what every batch says: that its sender is alive, and since when. What is sent on it needs no message of
   * its own when a group has something to say in the same turn.
   */
  greetings(): Channel<{ readonly epoch: number }> {
    return {
      name: "greetings",
      send: (to) => this.#batchFor(to) !== undefined,
      receive: (receiver) => {
        this.#greeted = receiver;
      },
      drained: (to) => this.#parts.channel.drained(to),
      [Symbol.dispose]: () => {},
    };
  }

  #batchFor(to: NodeId): { batch: Batch<Message>; bytes: number } {
    if (this.#outgoing.size === 0) queueMicrotask(() => this.#flush());
    let waiting = this.#outgoing.get(to);
    if (waiting === undefined) {
      waiting = { batch: { epoch: this.#parts.epoch, messages: [] }, bytes: 0 };
      this.#outgoing.set(to, waiting);
    }
    return waiting;
  }

  #send(to: NodeId, group: string, message: Message): boolean {
    const waiting = this.#batchFor(to);
    waiting.batch.messages.push({ group, message });
    waiting.bytes += this.#parts.weigh(message) + overheadBytes;
    if (waiting.bytes < batchBytesMax) return true;
    this.#outgoing.delete(to);
    return this.#sendBatch(to, waiting.batch);
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = new Map();
    for (const [to, { batch }] of outgoing) this.#sendBatch(to, batch);
  }

  #sendBatch(to: NodeId, batch: Batch<Message>): boolean {
    this.#counters.batchesSent++;
    this.#counters.messagesSent += batch.messages.length;
    return this.#parts.channel.send(to, batch);
  }

  #receive(from: NodeId, { epoch, messages }: Batch<Message>): void {
    this.#counters.batchesReceived++;
    this.#counters.messagesReceived += messages.length;
    this.#greeted(from, { epoch });
    for (const { group, message } of messages) {
      const receiver = this.#receivers.get(group);
      if (receiver && message !== undefined) receiver(from, message);
      else if (receiver === undefined) {
        this.#counters.unknown++;
        this.#parts.unknown(from, group);
      }
    }
  }

  get counters(): Readonly<Counters> {
    return this.#counters;
  }

  [Symbol.dispose](): void {
    this.#outgoing.clear();
    this.#parts.channel[Symbol.dispose]();
  }
}
