import { channel } from "node:diagnostics_channel";
import { type Context, Dealer } from "zeromq";
import { LinkKind } from "../gen/link.ts";
import type { Counters } from "../metrics.ts";
import { frameBytes, Outbox, type SealedFrame } from "../outbox.ts";
import type { NodeId } from "../transport.ts";
import type { Turn } from "../turn.ts";
import { keyOf } from "./keys.ts";
import { giveUpOn, observe } from "./observe.ts";
import type { ZmqSettings } from "./options.ts";
import { linkFrame } from "./proof.ts";

/** Frames that links say to each other are few; more than that are leftovers of a peer that is away. */
const urgentMax = 8;

const changes = channel("coterie:transport:link");

/** What is published on the diagnostics channel `coterie:transport:link` when a link comes or goes. */
export interface LinkChange {
  readonly node: NodeId;
  readonly peer: NodeId;
  readonly lane: "control" | "bulk";
  readonly up: boolean;
}

/** Where a link leads, and what it calls itself. */
export interface LinkTarget {
  readonly peer: NodeId;
  readonly lane: "control" | "bulk";
  readonly address: string;
  readonly identity: string;
}

/** The way to one peer on one lane: an outbox, a DEALER, and the one pump that moves frames between them. */
export class ZmqLink {
  readonly outbox: Outbox;
  /** Resolves when this link has been closed and ZeroMQ has let go of its socket. */
  readonly ended: Promise<void>;
  readonly #dealer: Dealer;
  readonly #turn: Turn;
  readonly #counters: Counters;
  #scheduled = false;
  /** Whether the open frame may leave: the turn that began it is over. */
  #turnOver = false;
  #pumping = false;
  #closed = false;
  /** What links say to each other, ahead of all records. */
  #urgent: Buffer[] = [];
  /** Whether records wait until the link has proved whose it is. */
  #held: boolean;
  #handshakes = 0;
  #usedAt = performance.now();
  #idle: (() => void)[] = [];

  /** Throws what ZeroMQ throws: an address it cannot use, no sockets left. */
  constructor(
    context: Context,
    { peer, lane, address, identity }: LinkTarget,
    settings: ZmqSettings,
    turn: Turn,
    counters: Counters,
  ) {
    this.outbox = new Outbox(settings.limits);
    this.#turn = turn;
    this.#counters = counters;
    const { security } = settings;
    this.#held = security !== undefined;
    this.#dealer = new Dealer({
      context,
      routingId: identity,
      linger: 0,
      // Frames wait in the bounded outbox, where they are counted, and never in ZeroMQ for a peer that is away.
      immediate: true,
      sendTimeout: -1,
      sendHighWaterMark: settings.highWaterMarkFrames,
      receiveHighWaterMark: 1,
      maxMessageSize: 1024,
      heartbeatInterval: settings.heartbeatIntervalMs,
      heartbeatTimeout: settings.heartbeatTimeoutMs,
      heartbeatTimeToLive: settings.heartbeatTimeoutMs,
      reconnectInterval: settings.reconnectMs,
      reconnectMaxInterval: settings.reconnectMsMax,
      connectTimeout: settings.connectTimeoutMs,
      handshakeInterval: settings.connectTimeoutMs,
      tcpKeepalive: 1,
      ...(security && {
        curveServerKey: keyOf(security, peer),
        curvePublicKey: security.publicKey,
        curveSecretKey: security.secretKey,
      }),
    });
    let wasUp = false;
    const tell = (up: boolean): void => {
      // A connection that ends before its handshake was never a link.
      if (up === wasUp) return;
      wasUp = up;
      if (changes.hasSubscribers) changes.publish({ node: settings.id, peer, lane, up } satisfies LinkChange);
    };
    try {
      this.ended = observe(this.#dealer.events, ({ type }) => {
        if (type === "disconnect") tell(false);
        if (type !== "handshake") return;
        tell(true);
        if (++this.#handshakes === 1) return;
        counters.reconnects++;
        if (security !== undefined) this.#hello();
      });
      this.#dealer.connect(address);
    } catch (error) {
      this.#dealer.close();
      throw error;
    }
    if (security !== undefined) this.#hello();
  }

  /** Sends a frame ahead of all records. */
  say(frame: Buffer): void {
    if (this.#closed || this.#urgent.length >= urgentMax) return;
    this.#urgent.push(frame);
    if (!this.#pumping) void this.#pump();
  }

  /** Says the token that shows whose link this is; records may follow it. */
  prove(token: string): void {
    this.#held = false;
    this.#turnOver = true;
    this.say(linkFrame(LinkKind.PROOF, "", token));
  }

  /** When the link last had something to send. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Whether closing it now would drop nothing. */
  get idle(): boolean {
    return !this.#pumping && this.outbox.records === 0;
  }

  /** Says that the outbox has something: a full frame leaves at once, the open one when the turn is over. */
  notify(): void {
    if (this.#closed) return;
    if (this.#held) {
      this.#turnOver = true;
      return;
    }
    if (this.outbox.hasSealed && !this.#pumping) void this.#pump();
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#turn.add(this);
    }
  }

  flush(): void {
    this.#scheduled = false;
    this.#turnOver = true;
    if (!this.#pumping && !this.#closed) void this.#pump();
  }

  /** Resolves when nothing waits in the outbox any more. */
  flushed(): Promise<void> {
    this.flush();
    if (this.idle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Drops what waits and closes the socket; what ZeroMQ already holds may leave for `lingerMs` more. */
  close(lingerMs: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#counters.droppedLinkClosed += this.outbox.clear();
    const { events } = this.#dealer;
    this.#dealer.linger = lingerMs;
    this.#dealer.close();
    giveUpOn(events, lingerMs);
  }

  /**
   * A ZeroMQ socket bears one send at a time. While one waits (the peer is away, or slow), records gather in the
   * outbox and travel in larger frames: batching grows with the load by itself.
   */
  async #pump(): Promise<void> {
    this.#pumping = true;
    this.#usedAt = performance.now();
    const counters = this.#counters;
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      try {
        const { bytes, lent, records } = frame;
        await this.#dealer.send(lent.length === 0 ? bytes : [bytes, ...(lent as Buffer[])]);
        counters.framesSent++;
        counters.recordsSent += records;
        counters.bytesSent += frameBytes(frame);
      } catch {
        // Only closing the socket fails a send that may wait for ever.
        counters.droppedLinkClosed += frame.records;
      }
    }
    this.#pumping = false;
    if (!this.idle && !this.#closed) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** The peer may have started again and know nothing of this link: it is told, and asks. */
  #hello(): void {
    this.#held = true;
    this.say(linkFrame(LinkKind.HELLO));
  }

  #next(): SealedFrame | undefined {
    const urgent = this.#urgent.shift();
    if (urgent !== undefined) return { bytes: urgent, lent: [], records: 0 };
    if (this.#held) return undefined;
    if (this.outbox.hasSealed) return this.outbox.take();
    if (!this.#turnOver) return undefined;
    this.#turnOver = false;
    return this.outbox.take();
  }
}
