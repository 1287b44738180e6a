import type { Core, Effect, NodeId, Random } from "@coterie/host";
import type { Heard } from "../news/core.ts";
import { RecentIds } from "../news/recent.ts";
import { type Peers, samplePeers } from "../peers.ts";

/** What nodes tell each other: rumors, and which of those they were told they had known already. */
export interface RumorMessage<Item> {
  readonly rumors: readonly Item[];
  readonly known: readonly string[];
}

/** How interest in a rumor is lost (Demers et al. 1987, section 1.4). */
export interface Mongering {
  /** `true`: only a contact that knew the rumor already counts against it. `false` (blind): every contact does. */
  readonly feedback: boolean;
  /** `coin`: a contact that counts ends interest with probability 1/k. `counter`: the k-th one ends it. */
  readonly loss: "coin" | "counter";
  /** At least 1; whole for `counter`. */
  readonly k: number;
}

export interface RumorCoreOptions<Item> extends Mongering {
  readonly id: NodeId;
  readonly peers: Peers;
  readonly random: Random;
  readonly idOf: (item: Item) => string;
  readonly bytesOf: (item: Item) => number;
  /**
   * Asked about every item that is not remembered as a rumor. `known`: the node has it from elsewhere. `refused`: it is
   * not to be spread, nor told about. Default: everything is news.
   */
  readonly hear?: (item: Item, from: NodeId, now: number) => "news" | "known" | "refused";
  /** Contacts a period. */
  readonly fanout: number;
  readonly periodMs: number;
  /** A message takes rumors until it has this many bytes, and one at least. */
  readonly messageBytesMax: number;
  /** Hot rumors kept; beyond that the one that was told most often goes. */
  readonly rumorsMax: number;
  /** Ids remembered, to tell what is known. */
  readonly rememberMax: number;
  /** Interest ends after this many contacts in any case: peers that never answer give no feedback. */
  readonly contactsMax: number;
}

/** A rumor that this node is still interested in. */
interface Hot<Item> {
  readonly item: Item;
  contacts: number;
  /** Contacts that counted against it. */
  wasted: number;
}

/**
 * Rumor mongering: a node that hears a rumor is infective, tells it to some peers a period, and loses interest the
 * sooner the more of them knew it. Dies out by itself, and leaves some nodes unreached (the residue): run anti-entropy
 * behind it where everybody must know.
 */
export class RumorCore<Item> implements Core<RumorMessage<Item>, never, Heard<Item>> {
  readonly #options: RumorCoreOptions<Item>;
  readonly #hot: Map<string, Hot<Item>> = new Map();
  readonly #seen: RecentIds;
  #deadline = Number.POSITIVE_INFINITY;
  #effects: Effect<RumorMessage<Item>, never, Heard<Item>>[] = [];
  readonly #counts = {
    heard_total: 0,
    told_total: 0,
    known_total: 0,
    refused_total: 0,
    crowded_out_total: 0,
  };

  constructor(options: RumorCoreOptions<Item>) {
    this.#options = options;
    this.#seen = new RecentIds(options.rememberMax);
  }

  get deadline(): number {
    return this.#deadline;
  }

  /** Rumors that this node still tells. */
  get hot(): number {
    return this.#hot.size;
  }

  /** Whether it was told or heard lately. */
  remembers(id: string): boolean {
    return this.#seen.has(id);
  }

  /** Starts a rumor: its first contacts are due at once. */
  tell(item: Item, now: number): void {
    this.#kindle(item);
    this.#deadline = now;
  }

  /** Loses interest in a rumor, because something newer has overtaken it. */
  drop(id: string): void {
    this.#hot.delete(id);
  }

  advance(now: number): void {
    if (now < this.#deadline) return;
    const { peers, fanout, id, random } = this.#options;
    for (const to of samplePeers(peers, fanout, id, random)) {
      if (this.#hot.size === 0) break;
      this.#contact(to);
    }
    this.#deadline = this.#hot.size > 0 ? now + this.#options.periodMs : Number.POSITIVE_INFINITY;
  }

  receive(from: NodeId, { rumors, known }: RumorMessage<Item>, now: number): void {
    if (this.#options.feedback) for (const id of known) this.#wasted(id);
    const repeated: string[] = [];
    for (const item of rumors)
      if (this.#hear(item, from, now) === "known") repeated.push(this.#options.idOf(item));
    this.#counts.known_total += repeated.length;
    if (this.#options.feedback && repeated.length > 0)
      this.#effects.push({ type: "send", to: from, message: { rumors: [], known: repeated } });
  }

  drain(): readonly Effect<RumorMessage<Item>, never, Heard<Item>>[] {
    const effects = this.#effects;
    if (effects.length > 0) this.#effects = [];
    return effects;
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.#counts, hot: this.#hot.size, remembered: this.#seen.size };
  }

  #hear(item: Item, from: NodeId, now: number): "news" | "known" | "refused" {
    const id = this.#options.idOf(item);
    if (this.#seen.has(id)) return "known";
    const hearing = this.#options.hear?.(item, from, now) ?? "news";
    if (hearing === "refused") this.#counts.refused_total++;
    if (hearing !== "news") return hearing;
    this.#counts.heard_total++;
    this.#kindle(item);
    this.#deadline = Math.min(this.#deadline, now + this.#options.periodMs);
    this.#effects.push({ type: "heard", item, from });
    return "news";
  }

  #kindle(item: Item): void {
    const id = this.#options.idOf(item);
    this.#seen.add(id);
    if (this.#hot.size >= this.#options.rumorsMax) this.#crowdOut();
    this.#hot.set(id, { item, contacts: 0, wasted: 0 });
  }

  /** Makes room: what was told most often needs telling least. */
  #crowdOut(): void {
    let most: string | undefined;
    let contacts = -1;
    for (const [id, rumor] of this.#hot)
      if (rumor.contacts > contacts) [most, contacts] = [id, rumor.contacts];
    if (most === undefined) return;
    this.#hot.delete(most);
    this.#counts.crowded_out_total++;
  }

  #contact(to: NodeId): void {
    const told = this.#batch();
    for (const [id, rumor] of told) {
      rumor.contacts++;
      // Told last now: rumors that do not fit into this message lead the next one.
      this.#hot.delete(id);
      this.#hot.set(id, rumor);
      if (!this.#options.feedback) this.#wasted(id);
      if (rumor.contacts >= this.#options.contactsMax) this.#hot.delete(id);
    }
    this.#counts.told_total += told.length;
    this.#effects.push({
      type: "send",
      to,
      message: { rumors: told.map(([, { item }]) => item), known: [] },
    });
  }

  #batch(): [string, Hot<Item>][] {
    const { messageBytesMax, bytesOf } = this.#options;
    const batch: [string, Hot<Item>][] = [];
    let bytes = 0;
    for (const entry of this.#hot) {
      bytes += bytesOf(entry[1].item);
      if (bytes > messageBytesMax && batch.length > 0) break;
      batch.push(entry);
    }
    return batch;
  }

  /** A contact counts against the rumor. */
  #wasted(id: string): void {
    const rumor = this.#hot.get(id);
    if (rumor === undefined) return;
    const { loss, k, random } = this.#options;
    rumor.wasted++;
    if (loss === "coin" ? random.float() * k < 1 : rumor.wasted >= k) this.#hot.delete(id);
  }
}
