import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Wait } from "./clock.ts";

/** Names a node for as long as its cluster lives. 1 to 64 characters of `[A-Za-z0-9._-]`. */
export type NodeId = string;

/** How a message becomes bytes: what ts-proto generates for every message. No reader is to be kept beyond the call. */
export interface Codec<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): Message;
}

export interface ChannelOptions {
  /**
   * `control` for small messages whose delay matters (votes, heartbeats, probes); `bulk` for payloads. The two
   * lanes never wait for each other. Default: `control`.
   */
  readonly lane?: "control" | "bulk";
  /** Whether a message may be dropped for room when the outbox is full. Default: false (a full outbox refuses). */
  readonly droppable?: boolean;
  /**
   * Sends `bytes` fields of 16 KiB and more from where they lie, without copying them. Whoever sends must not write
   * to them again, as they may leave much later. Default: false (all is copied before `send` returns).
   */
  readonly lend?: boolean;
  /**
   * The `bytes` fields of what arrives belong to the receiver for as long as its call lasts, and may be gone (their
   * length is then 0) when it returns: it copies what it keeps. Their memory is then given back at once and need not
   * be found by the collector, which for large messages is half of the work. Default: false.
   */
  readonly borrow?: boolean;
}

/** Called with every message of a channel, in order for each sender while its link lives. */
export type Receiver<Message> = (from: NodeId, message: Message) => void;

/** One protocol's typed road to every peer. */
export interface Channel<Message> extends Disposable {
  readonly name: string;
  /**
   * Hands a message over for delivery, at most once. Never blocks and never throws for a peer's sake. `false`
   * says that it was dropped here (unknown peer, outbox full); `true` promises nothing about arrival.
   */
  send(to: NodeId, message: Message): boolean;
  /** Sets the one receiver of this channel. Messages that arrive while there is none are dropped and counted. */
  receive(receiver: Receiver<Message>): void;
  /** Resolves when the outbox to `to` has room again; at once when it has. */
  drained(to: NodeId): Promise<void>;
}

/**
 * The road between nodes. It may drop, delay, duplicate or reorder messages; protocols tolerate all four, and the
 * simulated road does all four.
 */
export interface Transport extends AsyncDisposable {
  readonly id: NodeId;
  /** Where this node listens, as peers would connect to it, for instance `tcp://127.0.0.1:7101`. */
  readonly address: string;
  /** Says where a peer listens. Calling it again with another address moves the link. */
  connect(peer: NodeId, address: string): void;
  /**
   * Finds out who listens at an address that has no name yet: asks until it answers, by default for 5,000 ms. Tell
   * `connect` what came of it. Throws `NobodyAnsweredError`, `TransportClosedError`, what `connect` throws for the
   * address, or the signal's reason.
   */
  discover(address: string, wait?: Wait): Promise<NodeId>;
  /** Forgets a peer: its link is closed and what waits in its outbox is dropped. */
  disconnect(peer: NodeId): void;
  /** Opens a channel. Throws `ChannelInUseError` when the name is taken on this transport. */
  open<Message>(name: string, codec: Codec<Message>, options?: ChannelOptions): Channel<Message>;
  /** A snapshot of named counters and gauges. */
  metrics(): Readonly<Record<string, number>>;
}
