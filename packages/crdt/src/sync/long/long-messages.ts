import { checkOptions, told } from "../../arguments.ts";
import { CorruptBytesError, InvalidArgumentError } from "../../errors.ts";
import type { BytesChannel, SyncHost } from "../road.ts";
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type Have,
  type Part,
  sameId,
  type TransferId,
} from "./frames.ts";
import { Incoming, overheadBytes } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";

const OPTIONS = [
  "partBytes",
  "messageBytesMax",
  "heldBytesMax",
  "sendingMax",
  "retryMs",
  "silenceMs",
  "accept",
];

/** Peers whose last long message is remembered as finished. */
const finishedMax = 1024;

export interface LongMessagesOptions {
  /** What is longer travels in parts of so many bytes. Default 65,536. */
  readonly partBytes?: number;
  /** A longer message is neither sent nor put together. Default 67,108,864 bytes. */
  readonly messageBytesMax?: number;
  /** Bytes of unfinished messages that are kept, of all peers together. Default twice `messageBytesMax`. */
  readonly heldBytesMax?: number;
  /** Long messages that may be on their way from here at a time. Default 16, and one to each peer. */
  readonly sendingMax?: number;
  /** After that long without news, parts are sent again; longer and longer when that is of no use. Default 200. */
  readonly retryMs?: number;
  /** After that long without a sign of the other side, a message is given up. Default 10,000. */
  readonly silenceMs?: number;
  /** Whose messages are taken. Default: everybody's. */
  readonly accept?: (from: string) => boolean;
}

/** A road for messages of any length over one for short messages. */
export interface LongMessages extends BytesChannel, Disposable {
  /**
   * False when the message is not on its way: it is too long, too many long ones are, one is to this peer, or the road
   * dropped it. What is on its way in parts may still be lost with its peer.
   */
  send(to: string, message: Uint8Array): boolean;
  /** Whether a long message to a peer is on its way. */
  sending(to: string): boolean;
  /** Whether a long message is arriving, from a peer or from anybody. */
  receiving(from?: string): boolean;
  /** Gives up what is on its way to and from a peer. */
  forget(peer: string): void;
  /**
   * `partsSent`, `partsRepeated`, `partsReceived`, `partsDropped`; long messages `longSent`, `longReceived`, `longAbandoned`,
   * `longRefused`; `oversized` and `malformed` messages; the gauges `sending` and `heldBytes`.
   */
  metrics(): Readonly<Record<string, number>>;
}

/**
 * Sends what is short as it is, and what is long in parts, each of which is sent until it arrived. A message arrives whole
 * or not at all, and a doubled one once. What a receiver keeps is bounded by what really arrived, never by what a part
 * announces.
 */
export function createLongMessages(
  host: SyncHost,
  channel: BytesChannel,
  options: LongMessagesOptions = {},
): LongMessages {
  return new Long(host, channel, options);
}

class Long implements LongMessages {
  readonly #clock: SyncHost["clock"];
  readonly #channel: BytesChannel;
  readonly #options: Required<LongMessagesOptions>;
  readonly #life: number;
  #number = 0;
  readonly #outgoing = new Map<string, Outgoing>();
  readonly #incoming = new Map<string, Incoming>();
  /** The last long message that each peer's parts made whole: a late part of it is answered and not kept. */
  readonly #finished = new Map<string, TransferId>();
  #receiver: (from: string, message: Uint8Array) => void = () => {};
  #heldBytes = 0;
  #wakeMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #closed = false;
  readonly #counts = {
    partsSent: 0,
    partsRepeated: 0,
    partsReceived: 0,
    partsDropped: 0,
    longSent: 0,
    longReceived: 0,
    longAbandoned: 0,
    longRefused: 0,
    oversized: 0,
    malformed: 0,
  };

  constructor(host: SyncHost, channel: BytesChannel, options: LongMessagesOptions) {
    checkOptions(options, OPTIONS);
    const { messageBytesMax = 1 << 26 } = options;
    this.#options = {
      partBytes: options.partBytes ?? 1 << 16,
      messageBytesMax,
      heldBytesMax: options.heldBytesMax ?? 2 * messageBytesMax,
      sendingMax: options.sendingMax ?? 16,
      retryMs: options.retryMs ?? 200,
      silenceMs: options.silenceMs ?? 10_000,
      accept: options.accept ?? (() => true),
    };
    for (const [name, value] of Object.entries(this.#options))
      if (typeof value !== "function" && !(typeof value === "number" && value >= 1))
        throw new InvalidArgumentError(`${name} is a number from 1 on, not ${told(value)}.`);
    if (!Number.isSafeInteger(this.#options.partBytes))
      throw new InvalidArgumentError(`partBytes must be a whole number, not ${this.#options.partBytes}.`);
    this.#clock = host.clock;
    this.#channel = channel;
    // Parts of an earlier life may still be on their way.
    this.#life = Math.floor(host.random.float() * 2 ** 32);
    channel.receive((from, message) => this.#take(from, message));
  }

  receiving(from?: string): boolean {
    // One late part of something long gone is no sign that more is coming.
    const sinceMs = this.#clock.now() - 5 * this.#options.retryMs;
    for (const [peer, { heardMs }] of this.#incoming)
      if ((from ?? peer) === peer && heardMs >= sinceMs) return true;
    return false;
  }

  sending(to: string): boolean {
    return this.#outgoing.has(to);
  }

  send(to: string, message: Uint8Array): boolean {
    const { partBytes, messageBytesMax, sendingMax, retryMs, silenceMs } = this.#options;
    if (this.#closed) return false;
    if (message.length > messageBytesMax) {
      this.#counts.oversized++;
      return false;
    }
    if (message.length <= partBytes) return this.#write(to, { kind: "whole", bytes: message });
    if (this.#outgoing.has(to) || this.#outgoing.size >= sendingMax) return false;
    const id = { life: this.#life, number: this.#number++ };
    const now = this.#clock.now();
    const outgoing = new Outgoing(id, message, partBytes, { retryMs, retryMaxMs: silenceMs / 8 }, now);
    this.#outgoing.set(to, outgoing);
    this.#sendParts(to, outgoing.next(now));
    this.#arm();
    return true;
  }

  receive(receiver: (from: string, message: Uint8Array) => void): void {
    this.#receiver = receiver;
  }

  forget(peer: string): void {
    this.#outgoing.delete(peer);
    this.#finished.delete(peer);
    this.#drop(peer);
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.#counts, sending: this.#outgoing.size, heldBytes: this.#heldBytes };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    for (const peer of [...this.#outgoing.keys(), ...this.#incoming.keys()]) this.forget(peer);
  }

  #take(from: string, message: Uint8Array): void {
    if (this.#closed || !this.#options.accept(from)) return;
    let frame: Frame;
    try {
      frame = decodeFrame(message);
    } catch (error) {
      // Bad bytes are the peer's fault or the road's, so they are counted and dropped; anything else is ours.
      if (!(error instanceof CorruptBytesError)) throw error;
      this.#counts.malformed++;
      return;
    }
    if (frame.kind === "whole") this.#receiver(from, frame.bytes);
    else if (frame.kind === "part") this.#takePart(from, frame);
    else this.#takeAnswer(from, frame);
  }

  #takeAnswer(from: string, frame: Have | { readonly kind: "refused"; readonly id: TransferId }): void {
    const now = this.#clock.now();
    const outgoing = this.#outgoing.get(from);
    if (outgoing === undefined || !sameId(outgoing.id, frame.id)) return;
    if (frame.kind === "refused") {
      this.#counts.longRefused++;
      this.#outgoing.delete(from);
    } else if (outgoing.have(frame, now)) {
      if (outgoing.done) {
        this.#counts.longSent++;
        this.#outgoing.delete(from);
      } else this.#sendParts(from, outgoing.next(now));
    }
    this.#arm();
  }

  #takePart(from: string, part: Part): void {
    const { messageBytesMax, heldBytesMax } = this.#options;
    this.#counts.partsReceived++;
    const finished = this.#finished.get(from);
    if (finished !== undefined && finished.life === part.id.life && part.id.number <= finished.number) {
      // Its sender did not hear that all of it is here.
      this.#write(from, { kind: "have", id: part.id, base: Math.ceil(part.length / part.size), mask: 0 });
      return;
    }
    if (part.length > messageBytesMax) {
      this.#write(from, { kind: "refused", id: part.id });
      return;
    }
    const incoming = this.#begin(from, part);
    if (incoming === undefined) {
      this.#counts.partsDropped++;
      return;
    }
    const cost = incoming.cost(part);
    if (cost === 0 || this.#heldBytes + cost > heldBytesMax) this.#counts.partsDropped++;
    else {
      incoming.take(part, this.#clock.now());
      this.#heldBytes += cost;
    }
    this.#write(from, incoming.have());
    if (incoming.complete) this.#finish(from, incoming);
    this.#arm();
  }

  /** What the part belongs to; undefined when that is a message before the one that is arriving, or has no room. */
  #begin(from: string, part: Part): Incoming | undefined {
    const known = this.#incoming.get(from);
    if (known !== undefined) {
      if (sameId(known.id, part.id)) return known;
      // A sender goes on to its next message when it has given up the last. Of two lives the one heard last is taken.
      if (known.id.life === part.id.life && part.id.number < known.id.number) return undefined;
      this.#drop(from);
      this.#counts.longAbandoned++;
    }
    if (this.#heldBytes + overheadBytes > this.#options.heldBytesMax) return undefined;
    const incoming = new Incoming(part, this.#clock.now());
    this.#incoming.set(from, incoming);
    this.#heldBytes += incoming.heldBytes;
    return incoming;
  }

  #finish(from: string, incoming: Incoming): void {
    this.#counts.longReceived++;
    this.#finished.delete(from);
    this.#finished.set(from, incoming.id);
    if (this.#finished.size > finishedMax) this.#finished.delete(this.#finished.keys().next().value!);
    const message = incoming.message();
    this.#drop(from);
    this.#receiver(from, message);
  }

  #drop(from: string): void {
    this.#heldBytes -= this.#incoming.get(from)?.heldBytes ?? 0;
    this.#incoming.delete(from);
  }

  #sendParts(to: string, parts: Iterable<Part>): void {
    for (const part of parts) {
      // A full outbox takes no more now; what is missing is sent again later.
      if (!this.#write(to, part)) break;
      this.#counts.partsSent++;
    }
  }

  #write(to: string, frame: Frame): boolean {
    return this.#channel.send(to, encodeFrame(frame));
  }

  #arm(): void {
    let dueMs = Number.POSITIVE_INFINITY;
    // Often enough to tell a process that stood still from a peer that is silent.
    if (this.#outgoing.size + this.#incoming.size > 0)
      dueMs = this.#clock.now() + this.#options.silenceMs / 8;
    for (const { retryAtMs } of this.#outgoing.values()) dueMs = Math.min(dueMs, retryAtMs);
    // A wake that comes too early finds nothing to do, and costs less than one for every part.
    if (this.#closed || dueMs >= this.#wakeMs) return;
    this.#cancel?.();
    this.#wakeMs = dueMs;
    this.#cancel = Number.isFinite(dueMs) ? this.#clock.wake(dueMs, () => this.#advance()) : undefined;
  }

  #advance(): void {
    if (this.#closed) return;
    const now = this.#clock.now();
    const { silenceMs } = this.#options;
    // While this process stood still nobody could be heard, and what was said then is heard only after this.
    const lateMs = now - this.#wakeMs;
    for (const each of [...this.#outgoing.values(), ...this.#incoming.values()]) each.heardMs += lateMs;
    this.#wakeMs = Number.POSITIVE_INFINITY;
    this.#cancel = undefined;
    for (const [peer, incoming] of this.#incoming)
      if (now >= incoming.heardMs + silenceMs) {
        this.#drop(peer);
        this.#counts.longAbandoned++;
      }
    for (const [peer, outgoing] of this.#outgoing)
      if (now >= outgoing.heardMs + silenceMs) {
        this.#outgoing.delete(peer);
        this.#counts.longAbandoned++;
      } else if (now >= outgoing.retryAtMs) {
        const before = this.#counts.partsSent;
        this.#sendParts(peer, outgoing.again(now));
        this.#counts.partsRepeated += this.#counts.partsSent - before;
      }
    this.#arm();
  }
}
