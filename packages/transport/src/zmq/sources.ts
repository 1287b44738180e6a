import type { Counters } from "../metrics.ts";
import type { NodeId } from "../transport.ts";
import { type Identity, parseIdentity } from "../wire/identity.ts";
import type { Refusals } from "./refusals.ts";

/** What is known of one remote link. Its frames are judged by this, without another look at its identity. */
export interface Source {
  readonly identity: Identity | undefined;
  /** What is wrong with its frames; undefined when they are welcome. */
  refused: "malformed" | "misdirected" | "fenced" | "unproven" | undefined;
  /** What it must say to prove that it is who it claims to be. */
  token: string | undefined;
}

export interface SourcesOptions {
  readonly id: NodeId;
  /** Links that are remembered. */
  readonly max: number;
  /** Whether a link must prove whose it is before its records count. */
  readonly secured: boolean;
  readonly refusals: Refusals;
  /** Told of every link that is welcome and was not known, and again when it has proved itself. */
  readonly newcomer: (identity: Identity) => void;
}

/** Judges who sends: remembers every link's identity, and the last epoch of every node. */
export class Sources {
  readonly #options: SourcesOptions;
  readonly #counters: Counters;
  readonly #byIdentity = new Map<string, Source>();
  readonly #epochs = new Map<NodeId, number>();

  constructor(options: SourcesOptions, counters: Counters) {
    this.#options = options;
    this.#counters = counters;
  }

  /** What is known of the link with this routing id. */
  find(routingId: Buffer): Source {
    const key = routingId.toString("latin1");
    return this.#byIdentity.get(key) ?? this.#admit(key);
  }

  /** The node that records of this link come from; undefined, and counted, when they are refused. */
  judge({ refused, identity }: Source): NodeId | undefined {
    if (refused === undefined) return identity?.from;
    this.#counters[refused]++;
    const who = identity === undefined ? "a link without identity" : `${identity.from} ${identity.address}`;
    this.#options.refusals.report(refused, who);
    return undefined;
  }

  /** The link has proved that it is who it claims to be. */
  prove(source: Source): void {
    const { identity } = source;
    if (identity === undefined) return;
    source.refused = this.#refusal(identity);
    if (source.refused === undefined) this.#welcome(identity);
  }

  #admit(key: string): Source {
    const identity = parseIdentity(key);
    const refused = identity === undefined ? "malformed" : this.#refusal(identity);
    const source: Source = { identity, refused, token: undefined };
    this.#makeRoom();
    this.#byIdentity.set(key, source);
    if (identity === undefined || refused !== undefined) return source;
    if (this.#options.secured) source.refused = "unproven";
    else this.#welcome(identity);
    return source;
  }

  #refusal(identity: Identity): Source["refused"] {
    if (identity.to !== this.#options.id) return "misdirected";
    // Nobody else may speak in this node's name, and this node reaches itself without a socket.
    if (identity.from === this.#options.id) return "fenced";
    if (identity.epoch < (this.#epochs.get(identity.from) ?? 0)) return "fenced";
    return undefined;
  }

  /** Forgetting costs a link another look, no more; those that are welcome are the last to be forgotten. */
  #makeRoom(): void {
    if (this.#byIdentity.size < this.#options.max) return;
    let oldest: string | undefined;
    for (const [key, { refused }] of this.#byIdentity) {
      oldest ??= key;
      if (refused === undefined) continue;
      oldest = key;
      break;
    }
    if (oldest !== undefined) this.#byIdentity.delete(oldest);
  }

  /** A node that has started again fences off what its earlier life still has on the road. */
  #welcome(identity: Identity): void {
    const { from, epoch } = identity;
    if (epoch > (this.#epochs.get(from) ?? 0)) {
      if (!this.#epochs.has(from) && this.#epochs.size >= this.#options.max) {
        const oldest = this.#epochs.keys().next().value;
        if (oldest !== undefined) this.#epochs.delete(oldest);
      }
      this.#epochs.set(from, epoch);
      for (const source of this.#byIdentity.values())
        if (source.identity?.from === from && source.identity.epoch < epoch) source.refused = "fenced";
    }
    this.#options.newcomer(identity);
  }
}
