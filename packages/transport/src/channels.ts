import { ChannelInUseError } from "./errors.ts";
import type { Counters } from "./metrics.ts";
import type { Channel, ChannelOptions, Codec, NodeId, Receiver } from "./transport.ts";
import {
  channelId,
  frameHeaderBytes,
  lentFlag,
  magic,
  readUint32,
  recordHeaderBytes,
  version,
} from "./wire/frame.ts";
import { lentTableBytes, readLentTable } from "./wire/lent.ts";
import { FrameReader } from "./wire/reader.ts";
import { release } from "./wire/release.ts";

/** What a road does for the channels that are open on it. */
export interface Road {
  send<Message>(to: NodeId, channel: OpenChannel<Message>, message: Message): boolean;
  drained(to: NodeId, lane: "control" | "bulk"): Promise<void>;
}

/** A channel as the road sees it. */
export interface OpenChannel<Message> {
  readonly name: string;
  readonly id: number;
  readonly codec: Codec<Message>;
  readonly lane: "control" | "bulk";
  readonly droppable: boolean;
  readonly lend: boolean;
}

interface Registered extends OpenChannel<unknown> {
  readonly borrow: boolean;
  receiver: Receiver<unknown> | undefined;
}

/** Told of what a receiver threw, and on which channel. */
export type ReceiverErrorListener = (error: unknown, channel: string) => void;

function warn(error: unknown, channel: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`the receiver of channel "${channel}" threw: ${text}`, "CoterieReceiverWarning");
}

/** The channels open on one transport, and the way of a frame's records to their receivers. */
export class Channels {
  readonly #byId = new Map<number, Registered>();
  readonly #road: Road;
  readonly #counters: Counters;
  readonly #onError: ReceiverErrorListener;

  constructor(road: Road, counters: Counters, onError: ReceiverErrorListener = warn) {
    this.#road = road;
    this.#counters = counters;
    this.#onError = onError;
  }

  open<Message>(name: string, codec: Codec<Message>, options: ChannelOptions = {}): Channel<Message> {
    const id = channelId(name);
    const holder = this.#byId.get(id);
    if (holder !== undefined) throw new ChannelInUseError(name, holder.name);
    const road = this.#road;
    const byId = this.#byId;
    const channel: OpenChannel<Message> & { borrow: boolean; receiver: Receiver<Message> | undefined } = {
      name,
      id,
      codec,
      lane: options.lane ?? "control",
      droppable: options.droppable ?? false,
      lend: options.lend ?? false,
      borrow: options.borrow ?? false,
      receiver: undefined,
    };
    const registered = channel as unknown as Registered;
    byId.set(id, registered);
    let open = true;
    return {
      name,
      send: (to, message) => open && road.send(to, channel, message),
      receive(receiver) {
        channel.receiver = receiver;
      },
      drained: (to) => (open ? road.drained(to, channel.lane) : Promise.resolve()),
      [Symbol.dispose]() {
        open = false;
        channel.receiver = undefined;
        if (byId.get(id) === registered) byId.delete(id);
      },
    };
  }

  /**
   * Hands every record of a frame to its receiver, all in this turn, so that a receiver can work on them as one
   * batch; `lent` are the parts that came with the frame. Returns whether nobody needs the frame's memory any more.
   * Never throws: what cannot be read is counted and left out, and so is a receiver's exception.
   */
  deliver(from: NodeId, frame: Uint8Array, lent: readonly Uint8Array[] = []): boolean {
    const counters = this.#counters;
    const end = frame.length;
    counters.framesReceived++;
    counters.bytesReceived += end;
    for (const part of lent) counters.bytesReceived += part.length;
    if (end < frameHeaderBytes || frame[0] !== magic || frame[1] !== version) {
      counters.malformed++;
      return true;
    }
    const reader = new FrameReader(new Uint8Array(frame.buffer, frame.byteOffset, end));
    let at = frameHeaderBytes;
    let lentTaken = 0;
    while (at < end) {
      if (end - at < recordHeaderBytes) {
        counters.malformed++;
        return !reader.shared;
      }
      const channel = this.#byId.get(readUint32(frame, at));
      const flagged = readUint32(frame, at + 4);
      const length = flagged & ~lentFlag;
      at += recordHeaderBytes;
      if (length > end - at) {
        counters.malformed++;
        return !reader.shared;
      }
      let payload = length;
      reader.lent = undefined;
      if (flagged !== length) {
        const positions = readLentTable(frame, at, at + length);
        if (positions === undefined || lentTaken + positions.length > lent.length) {
          counters.malformed++;
          return !reader.shared;
        }
        reader.lent = new Map(positions.map((position) => [position, lent[lentTaken++]!]));
        payload -= lentTableBytes(positions.length);
      }
      counters.recordsReceived++;
      if (channel?.receiver === undefined) counters.unclaimed++;
      else {
        reader.pos = at;
        this.#receive(channel, channel.receiver, from, reader, payload);
      }
      at += length;
    }
    if (lentTaken < lent.length) counters.malformed++;
    return !reader.shared;
  }

  #receive(
    channel: Registered,
    receiver: Receiver<unknown>,
    from: NodeId,
    reader: FrameReader,
    length: number,
  ): void {
    const end = reader.pos + length;
    const { shared } = reader;
    let message: unknown;
    try {
      message = channel.codec.decode(reader, length);
      // A record that reads on into the next one lies about its length.
      if (reader.pos !== end) {
        this.#counters.malformed++;
        return;
      }
    } catch {
      this.#counters.malformed++;
      return;
    }
    try {
      receiver(from, message);
    } catch (error) {
      this.#counters.receiverErrors++;
      this.#onError(error, channel.name);
    }
    if (!channel.borrow) return;
    reader.shared = shared;
    if (reader.lent !== undefined) for (const part of reader.lent.values()) release(part);
  }
}
