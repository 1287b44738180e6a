import type { Core, Effect, NodeId } from "@coterie/host";
import { InvariantError } from "../errors.ts";
import type { Message, Stored } from "../gen/gossip.ts";

export interface GossipCoreOptions {
  readonly peers: readonly NodeId[];
  /** How long a peer may leave an offer unconfirmed before it is sent again. */
  readonly resendIntervalMs: number;
  /** What the disk held when the node started. */
  readonly value: number;
}

/** What the core asks of its node beyond sending and persisting. */
export type OwnEffect =
  /** `value` is on this node's disk: hand it back to `stored`. */
  | { readonly type: "stored"; readonly value: number }
  /** `value` is on the disk of every node. */
  | { readonly type: "everywhere"; readonly value: number };

export type GossipEffect = Effect<Message, Stored, OwnEffect>;

/**
 * The greatest number that any node was given reaches every node. Numbers only rise, so messages may be lost,
 * repeated and reordered at will; what is confirmed is on disk, so a crash takes nothing back.
 */
export class GossipCore implements Core<Message, Stored, OwnEffect> {
  readonly #options: GossipCoreOptions;
  /** What each peer has confirmed. */
  readonly #confirmed: Map<NodeId, number>;
  #value: number;
  #durable: number;
  #everywhere = 0;
  #resendAt: number;
  #effects: GossipEffect[] = [];

  constructor(options: GossipCoreOptions) {
    this.#options = options;
    this.#value = options.value;
    this.#durable = options.value;
    this.#confirmed = new Map(options.peers.map((peer) => [peer, 0]));
    // Who confirmed what was not written down: a node that starts again asks once more, at once.
    this.#resendAt = Number.NEGATIVE_INFINITY;
    this.#settle();
  }

  /** The greatest number this node knows of. */
  get value(): number {
    return this.#value;
  }

  get deadline(): number {
    return this.#behind().length > 0 ? this.#resendAt : Number.POSITIVE_INFINITY;
  }

  /** Makes the number at least `value`, everywhere. */
  raise(value: number, now: number): void {
    if (value > this.#value) this.#adopt(value, [], now);
  }

  advance(now: number): void {
    if (now >= this.deadline) this.#offer(now);
  }

  receive(from: NodeId, message: Message, now: number): void {
    if (!this.#confirmed.has(from)) return;
    if (message.kind?.$case === "offer") this.#offered(from, message.kind.value, now);
    if (message.kind?.$case === "confirm") {
      this.#confirmed.set(from, Math.max(this.#confirmed.get(from)!, message.kind.value));
      this.#settle();
    }
  }

  /** The number is on this node's disk. */
  stored(value: number): void {
    if (value > this.#value) throw new InvariantError(`${value} was stored, but ${this.#value} is known`);
    this.#durable = Math.max(this.#durable, value);
    this.#settle();
  }

  drain(): readonly GossipEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #offered(from: NodeId, value: number, now: number): void {
    const confirm: GossipEffect = {
      type: "send",
      to: from,
      message: { kind: { $case: "confirm", value } },
    };
    if (value > this.#value) this.#adopt(value, [confirm], now);
    else if (value <= this.#durable) this.#effects.push(confirm);
    // Known but still on its way to the disk. Persists complete in order: written again, it waits for the first.
    else this.#effects.push({ type: "persist", records: [{ value: this.#value }], whenDurable: [confirm] });
  }

  /** What must not be said before the number is on disk stands in `whenDurable`. */
  #adopt(value: number, whenDurable: readonly GossipEffect[], now: number): void {
    this.#value = value;
    this.#effects.push({
      type: "persist",
      records: [{ value }],
      whenDurable: [...whenDurable, { type: "stored", value }],
    });
    this.#offer(now);
  }

  #behind(): NodeId[] {
    return this.#options.peers.filter((peer) => this.#confirmed.get(peer)! < this.#value);
  }

  #offer(now: number): void {
    for (const to of this.#behind())
      this.#effects.push({ type: "send", to, message: { kind: { $case: "offer", value: this.#value } } });
    this.#resendAt = now + this.#options.resendIntervalMs;
  }

  #settle(): void {
    const everywhere = Math.min(this.#durable, ...this.#confirmed.values());
    if (everywhere <= this.#everywhere) return;
    this.#everywhere = everywhere;
    this.#effects.push({ type: "everywhere", value: everywhere });
  }
}
