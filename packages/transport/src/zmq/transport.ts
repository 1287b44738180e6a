import { Context, Router } from "zeromq";
import { Channels, type OpenChannel, type Road } from "../channels.ts";
import type { Wait } from "../clock.ts";
import {
  AddressInUseError,
  InvalidAddressError,
  InvalidNodeIdError,
  TransportClosedError,
} from "../errors.ts";
import { MemoryLink } from "../memory/link.ts";
import { Counters } from "../metrics.ts";
import { frameBytesMax } from "../outbox.ts";
import type { Channel, ChannelOptions, Codec, NodeId, Transport } from "../transport.ts";
import { Turn } from "../turn.ts";
import { formatIdentity, type Identity, isNodeId } from "../wire/identity.ts";
import { answerOf, discover } from "./discover.ts";
import { readFrames } from "./inbox.ts";
import { keyOf } from "./keys.ts";
import { ZmqLink } from "./link.ts";
import { giveUpOn, observe } from "./observe.ts";
import { checkConnectable, type ZmqSettings, type ZmqTransportOptions, zmqSettings } from "./options.ts";
import { Proof, secret } from "./proof.ts";
import { Refusals } from "./refusals.ts";
import { checkNode } from "./runtime.ts";
import { Sources } from "./sources.ts";
import { answerZap, zapDomain } from "./zap.ts";

/** A DEALER and the two ends of the pair that its events come through. */
const socketsPerLink = 3;
/** Links that are closed hold their sockets for a moment: so many of them at a time, beside those that are open. */
const endingMax = 1_024;
/**
 * The context never runs out. A DEALER that gets one end of its pair and not the other would, once it is closed, stop the
 * thread of ZeroMQ that ends sockets for good: it waits for somebody to take its last event (measured). So there is room
 * for links whose first ends are gone while the second are not, and for the few sockets that are no links.
 */
function socketsMax({ linksMax, security }: ZmqSettings): number {
  // Who listens somewhere is asked under each key that is known (`discover`).
  const others = 256 + 4 * (security?.peers.size ?? 0);
  return (socketsPerLink + 1) * (linksMax + endingMax) + others;
}

/** ZeroMQ closes a listener in a thread of its own; when it takes longer than this, nobody waits for it. */
const releaseMsMax = 5_000;

type Lane = "control" | "bulk";
const lanes: readonly Lane[] = ["control", "bulk"];

/** Who said where a peer is: whoever called `connect`, a link whose word is good, or one that proved nothing. */
type AddressSource = "told" | "learned" | "claimed";

interface Peer {
  readonly id: NodeId;
  readonly address: string;
  readonly source: AddressSource;
  /** Made when first needed. */
  readonly links: Partial<Record<Lane, ZmqLink>>;
}

/**
 * Listens, and resolves when peers can connect. A node sends over DEALERs of its own, one per peer and lane, and
 * receives on its one ROUTER.
 *
 * Throws `AddressInUseError`, `InvalidAddressError`, `InvalidNodeIdError`, `InvalidOptionError` or
 * `UnsupportedNodeError`.
 */
export async function createZmqTransport(options: ZmqTransportOptions): Promise<Transport> {
  checkNode();
  const settings = zmqSettings(options);
  const context = new Context({ maxSockets: socketsMax(settings), ioThreads: 1, blocky: true });
  const longest = frameBytesMax(settings.limits);
  const { security } = settings;
  const router = new Router({
    context,
    linger: 0,
    // A peer whose old connection is half-open takes its route over at once when it connects again.
    handover: true,
    mandatory: true,
    sendTimeout: 0,
    receiveHighWaterMark: settings.highWaterMarkFrames,
    // Beyond this ZeroMQ cuts the connection before it has the memory; between the two a frame is only counted.
    maxMessageSize: longest * 2,
    heartbeatInterval: settings.heartbeatIntervalMs,
    heartbeatTimeout: settings.heartbeatTimeoutMs,
    heartbeatTimeToLive: settings.heartbeatTimeoutMs,
    handshakeInterval: settings.connectTimeoutMs,
    tcpKeepalive: 1,
    ...(security && { curveServer: true, curveSecretKey: security.secretKey, zapDomain }),
  });
  const counters = new Counters();
  const refusals = new Refusals(settings.id);
  const { events } = router;
  let whyNotBound: NodeJS.ErrnoException | undefined;
  const released = observe(events, (event) => {
    const { type } = event;
    if (type === "bind:error") whyNotBound = event.error;
    if (type === "handshake:error:protocol" || type === "handshake:error:other") counters.refusedHandshakes++;
  });
  const stopZap = security && (await answerZap(context, security, counters, refusals));
  try {
    await router.bind(settings.listen);
  } catch (error) {
    router.close();
    stopZap?.();
    giveUpOn(events, 0);
    await within(releaseMsMax, released);
    // What the call fails with may be of something that ZeroMQ did later: it has told the reason as an event before.
    const { code } = whyNotBound ?? (error as NodeJS.ErrnoException);
    if (code === "EADDRINUSE") throw new AddressInUseError(settings.listen, { cause: error });
    throw new InvalidAddressError(settings.listen, "ZeroMQ cannot listen there", { cause: error });
  }
  return new ZmqTransport(settings, context, router, counters, refusals, async () => {
    router.close();
    stopZap?.();
    giveUpOn(events, 0);
    await within(releaseMsMax, released);
  });
}

class ZmqTransport implements Transport, Road {
  readonly id: NodeId;
  readonly address: string;
  readonly #settings: ZmqSettings;
  readonly #context: Context;
  readonly #counters: Counters;
  readonly #stopListening: () => Promise<void>;
  /** The links that can be asked to prove themselves, by nonce. */
  readonly #byNonce = new Map<string, ZmqLink>();
  readonly #channels: Channels;
  readonly #turn = new Turn();
  readonly #self: MemoryLink;
  readonly #peers = new Map<NodeId, Peer>();
  #linksOpen = 0;
  /** Closed, while ZeroMQ still holds their sockets. */
  #linksEnding = 0;
  #closed = false;
  readonly #closing = new AbortController();

  constructor(
    settings: ZmqSettings,
    context: Context,
    router: Router,
    counters: Counters,
    refusals: Refusals,
    stopListening: () => Promise<void>,
  ) {
    this.id = settings.id;
    this.address = settings.advertise ?? router.lastEndpoint ?? settings.listen;
    this.#settings = settings;
    this.#context = context;
    this.#counters = counters;
    this.#stopListening = stopListening;
    this.#channels = new Channels(this, this.#counters, settings.onError);
    this.#self = new MemoryLink(settings.limits, this.#turn, this.#counters, ({ bytes, lent }) => {
      if (!this.#closed) this.#channels.deliver(this.id, bytes, lent);
    });
    const secured = settings.security !== undefined;
    const max = settings.peersMax * 4;
    const newcomer = (identity: Identity): void => this.#learn(identity, true);
    const sources = new Sources({ id: this.id, max, secured, refusals, newcomer }, counters);
    const proof = secured
      ? new Proof(sources, this.#byNonce, counters, (identity, frame) => this.#ask(identity, frame))
      : undefined;
    const longest = frameBytesMax(settings.limits);
    void readFrames(router, longest, sources, this.#channels, counters, proof, answerOf(this.id));
  }

  connect(peer: NodeId, address: string): void {
    if (!isNodeId(peer)) throw new InvalidNodeIdError(peer);
    checkConnectable(address);
    if (this.#closed || peer === this.id) return;
    if (this.#settings.security !== undefined) keyOf(this.#settings.security, peer);
    this.#know(peer, address, "told");
  }

  async discover(address: string, wait: Wait = {}): Promise<NodeId> {
    checkConnectable(address);
    const { signal } = this.#closing;
    const either = wait.signal ? AbortSignal.any([wait.signal, signal]) : signal;
    return discover(this.#context, address, this.#settings, { ...wait, signal: either });
  }

  disconnect(peer: NodeId): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    this.#peers.delete(peer);
    for (const lane of lanes) this.#closeLink(known, lane);
  }

  open<Message>(name: string, codec: Codec<Message>, options?: ChannelOptions): Channel<Message> {
    if (this.#closed) throw new TransportClosedError(this.id);
    return this.#channels.open(name, codec, options);
  }

  send<Message>(to: NodeId, channel: OpenChannel<Message>, message: Message): boolean {
    if (this.#closed) return false;
    const link = this.#link(to, channel.lane);
    if (link === undefined) {
      this.#counters.droppedUnknownPeer++;
      return false;
    }
    const queued = link.outbox.push(channel, message, this.#counters);
    if (queued) link.notify();
    return queued;
  }

  drained(to: NodeId, lane: Lane): Promise<void> {
    const link = to === this.id ? this.#self : this.#peers.get(to)?.links[lane];
    return link?.outbox.drained() ?? Promise.resolve();
  }

  metrics(): Readonly<Record<string, number>> {
    let outboxBytes = 0;
    let outboxRecords = 0;
    for (const link of this.#links()) {
      outboxBytes += link.outbox.bytes;
      outboxRecords += link.outbox.records;
    }
    return this.#counters.snapshot({
      peers: this.#peers.size,
      links: this.#linksOpen,
      outboxBytes,
      outboxRecords,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort(new TransportClosedError(this.id));
    const started = performance.now();
    const { lingerMs } = this.#settings;
    const links = [...this.#links()];
    this.#self.close();
    if (lingerMs > 0) await within(lingerMs, Promise.all(links.map((link) => link.flushed())));
    const left = Math.max(0, Math.ceil(started + lingerMs - performance.now()));
    const stopped = this.#stopListening();
    for (const link of links) link.close(left);
    this.#peers.clear();
    this.#byNonce.clear();
    this.#linksOpen = 0;
    // Whoever closed this transport may listen at its address again.
    await stopped;
  }

  *#links(): Iterable<ZmqLink> {
    for (const { links } of this.#peers.values()) {
      if (links.control !== undefined) yield links.control;
      if (links.bulk !== undefined) yield links.bulk;
    }
  }

  #link(to: NodeId, lane: Lane): ZmqLink | MemoryLink | undefined {
    if (to === this.id) return this.#self;
    const peer = this.#peers.get(to);
    return peer && (peer.links[lane] ?? this.#openLink(peer, lane));
  }

  /** Undefined when no link is to be had: to the sender that is a peer it cannot reach. */
  #openLink(peer: Peer, lane: Lane): ZmqLink | undefined {
    const full = this.#linksOpen >= this.#settings.linksMax && !this.#closeIdlest();
    if (full || this.#linksEnding >= endingMax) {
      this.#counters.linkFailures++;
      return undefined;
    }
    const { id: from, address } = this;
    const nonce = this.#settings.security && secret();
    const identity = formatIdentity({ lane, from, epoch: this.#settings.epoch, to: peer.id, address, nonce });
    const target = { peer: peer.id, lane, address: peer.address, identity };
    try {
      const link = new ZmqLink(this.#context, target, this.#settings, this.#turn, this.#counters);
      if (nonce !== undefined) this.#byNonce.set(nonce, link);
      peer.links[lane] = link;
      this.#linksOpen++;
      return link;
    } catch {
      this.#counters.linkFailures++;
      return undefined;
    }
  }

  /** Makes room for another link; false when all of them are at work. */
  #closeIdlest(): boolean {
    let idlest: { peer: Peer; lane: Lane; usedAt: number } | undefined;
    for (const peer of this.#peers.values()) {
      for (const lane of lanes) {
        const link = peer.links[lane];
        if (link?.idle && link.usedAt < (idlest?.usedAt ?? Number.POSITIVE_INFINITY))
          idlest = { peer, lane, usedAt: link.usedAt };
      }
    }
    if (idlest === undefined) return false;
    this.#closeLink(idlest.peer, idlest.lane);
    return true;
  }

  #closeLink(peer: Peer, lane: Lane): void {
    const link = peer.links[lane];
    if (link === undefined) return;
    delete peer.links[lane];
    for (const [nonce, one] of this.#byNonce) if (one === link) this.#byNonce.delete(nonce);
    this.#linksOpen--;
    this.#linksEnding++;
    void link.ended.then(() => this.#linksEnding--);
    // What ZeroMQ has taken may still leave.
    link.close(link.idle ? this.#settings.lingerMs : 0);
  }

  /** Sends a challenge to where a link claims to come from, unless this node knows better where that is. */
  #ask(identity: Identity, challenge: Buffer): void {
    if (this.#closed || !this.#settings.security?.peers.has(identity.from)) return;
    this.#learn(identity, false);
    const peer = this.#peers.get(identity.from);
    if (peer !== undefined) (peer.links.control ?? this.#openLink(peer, "control"))?.say(challenge);
  }

  /** Whoever speaks to this node can be answered, unless this node was told another address for it. */
  #learn({ from, address }: Identity, trusted: boolean): void {
    const known = this.#peers.get(from);
    if (known?.source === "told" || (known?.source === "learned" && !trusted)) return;
    try {
      checkConnectable(address);
    } catch {
      return;
    }
    this.#know(from, address, trusted ? "learned" : "claimed");
  }

  #know(id: NodeId, address: string, source: AddressSource): void {
    const known = this.#peers.get(id);
    if (known?.address === address && known.source === source) return;
    const links = known?.address === address ? known.links : {};
    if (known?.address !== address) this.disconnect(id);
    if (!this.#peers.has(id) && this.#peers.size >= this.#settings.peersMax) {
      this.#counters.refusedPeers++;
      return;
    }
    this.#peers.set(id, { id, address, source, links });
  }
}

/** Waits for `work`, but no longer than that. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
