import type { Counters } from "../metrics.ts";
import type { NodeId } from "../transport.ts";
import { type Identity, parseIdentity } from "../wire/identity.ts";

/** What is known of one remote link. Its frames are judged by this, without another look at its identity. */
export interface Source {
  readonly from: NodeId;
  readonly epoch: number;
  /** The counter of what is wrong with its frames; undefined when they are welcome. */
  refused: "malformed" | "misdirected" | "fenced" | undefined;
}

/** Judges who sends: remembers every link's identity, and the last epoch of every node. */
export class Sources {
  readonly #id: NodeId;
  readonly #max: number;
  readonly #counters: Counters;
  readonly #newcomer: (identity: Identity) => void;
  readonly #byIdentity = new Map<string, Source>();
  readonly #epochs = new Map<NodeId, number>();

  /** `newcomer` is told of every link that is welcome and was not known. */
  constructor(id: NodeId, max: number, counters: Counters, newcomer: (identity: Identity) => void) {
    this.#id = id;
    this.#max = max;
    this.#counters = counters;
    this.#newcomer = newcomer;
  }

  /** The node that a frame with this routing id comes from; undefined, and counted, when it is refused. */
  judge(routingId: Buffer): NodeId | undefined {
    const key = routingId.toString("latin1");
    const source = this.#byIdentity.get(key) ?? this.#admit(key);
    if (source.refused === undefined) return source.from;
    this.#counters[source.refused]++;
    return undefined;
  }

  #admit(key: string): Source {
    const identity = parseIdentity(key);
    const source: Source = {
      from: identity?.from ?? "",
      epoch: identity?.epoch ?? 0,
      refused: identity === undefined ? "malformed" : this.#refusal(identity),
    };
    // Forgetting costs a second look, no more; remembering without bound would be a way to fill the memory.
    if (this.#byIdentity.size >= this.#max) this.#byIdentity.clear();
    this.#byIdentity.set(key, source);
    if (identity !== undefined && source.refused === undefined) {
      this.#outdate(identity);
      this.#newcomer(identity);
    }
    return source;
  }

  #refusal(identity: Identity): Source["refused"] {
    if (identity.to !== this.#id) return "misdirected";
    // Nobody else may speak in this node's name, and this node reaches itself without a socket.
    if (identity.from === this.#id) return "fenced";
    if (identity.epoch < (this.#epochs.get(identity.from) ?? 0)) return "fenced";
    return undefined;
  }

  /** A node that has started again fences off what its earlier life still has on the road. */
  #outdate({ from, epoch }: Identity): void {
    if (epoch <= (this.#epochs.get(from) ?? 0)) return;
    if (!this.#epochs.has(from) && this.#epochs.size >= this.#max) {
      const oldest = this.#epochs.keys().next().value;
      if (oldest !== undefined) this.#epochs.delete(oldest);
    }
    this.#epochs.set(from, epoch);
    for (const source of this.#byIdentity.values())
      if (source.from === from && source.epoch < epoch) source.refused ??= "fenced";
  }
}
