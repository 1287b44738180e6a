import type { Effect, NodeId } from "@coterie/host";
import type { Heard, NewsCore } from "../news/core.ts";
import { RecentIds } from "../news/recent.ts";
import type { Peers } from "../peers.ts";
import { type Carried, KeptItems } from "./kept.ts";
import { Links } from "./links.ts";
import { type Announcer, MissingItems } from "./missing.ts";

export interface Announcement {
  readonly id: string;
  readonly hops: number;
}

export type TreeMessage<Item> =
  | { readonly $case: "gossip"; readonly value: Carried<Item> }
  | { readonly $case: "iHave"; readonly value: readonly Announcement[] }
  /** The link shall be eager. With an id, that item is missing. */
  | { readonly $case: "graft"; readonly value: string }
  | { readonly $case: "prune" };

export interface BroadcastCoreOptions<Item> {
  readonly id: NodeId;
  readonly neighbours: Peers;
  readonly idOf: (item: Item) => string;
  readonly bytesOf: (item: Item) => number;
  /** How long announcements wait for others to the same neighbour. */
  readonly lazyIntervalMs: number;
  /** How long an announced item may take to come before it is asked for, and asked for again elsewhere. */
  readonly graftTimeoutMs: number;
  /** A link that announced an item this many hops sooner than it came replaces the one it came by. */
  readonly optimiseHops: number;
  readonly keepBytesMax: number;
  readonly missingMax: number;
  readonly rememberMax: number;
}

/** Announcements in one message. */
const announcementsMax = 256;

type OutEffect<Item> = Effect<TreeMessage<Item>, never, Heard<Item>>;

/**
 * Epidemic broadcast trees, or Plumtree (Leitão, Pereira and Rodrigues, 2007): items travel along the links of a tree,
 * which grows where an item comes first and loses the links by which it comes again; all other links announce items, and
 * mend the tree where one is missing. In steady state every node gets each item once.
 */
export class BroadcastCore<Item> implements NewsCore<Item, TreeMessage<Item>> {
  readonly #options: BroadcastCoreOptions<Item>;
  readonly #links: Links;
  readonly #seen: RecentIds;
  readonly #kept: KeptItems<Item>;
  readonly #missing: MissingItems;
  readonly #announce: Map<NodeId, Announcement[]> = new Map();
  #announceAt = Number.POSITIVE_INFINITY;
  #effects: OutEffect<Item>[] = [];
  readonly #counts = {
    heard_total: 0,
    repeated_total: 0,
    grafts_total: 0,
    prunes_total: 0,
    optimised_total: 0,
    given_up_total: 0,
  };

  constructor(options: BroadcastCoreOptions<Item>) {
    this.#options = options;
    this.#links = new Links(options.id, options.neighbours);
    this.#seen = new RecentIds(options.rememberMax);
    this.#kept = new KeptItems(options.keepBytesMax, options.bytesOf);
    this.#missing = new MissingItems(options.graftTimeoutMs, options.missingMax);
  }

  get deadline(): number {
    return Math.min(this.#announceAt, this.#missing.deadline);
  }

  /** Whether the item came by, or began here, as far as is remembered. */
  has(id: string): boolean {
    return this.#seen.has(id);
  }

  tell(item: Item, now: number): void {
    this.#links.refresh();
    this.#spread({ item, hops: 0 }, undefined, now);
  }

  advance(now: number): void {
    if (now >= this.#announceAt) this.#sendAnnouncements();
    for (const { id, peer } of this.#missing.overdue(now)) {
      if (peer === undefined) {
        this.#counts.given_up_total++;
        continue;
      }
      this.#graft(peer, id);
    }
  }

  receive(from: NodeId, message: TreeMessage<Item>, now: number): void {
    this.#links.refresh();
    switch (message.$case) {
      case "gossip":
        return this.#gossip(from, message.value, now);
      case "iHave":
        for (const { id, hops } of message.value)
          if (!this.#seen.has(id)) this.#missing.announced(id, { peer: from, hops }, now);
        return;
      case "graft":
        return this.#grafted(from, message.value);
      case "prune":
        return this.#links.makeLazy(from);
    }
  }

  drain(): readonly OutEffect<Item>[] {
    const effects = this.#effects;
    if (effects.length > 0) this.#effects = [];
    return effects;
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      ...this.#counts,
      eager: this.#links.eager.size,
      lazy: this.#links.lazy.size,
      missing: this.#missing.size,
      kept_bytes: this.#kept.bytes,
    };
  }

  #gossip(from: NodeId, carried: Carried<Item>, now: number): void {
    const id = this.#options.idOf(carried.item);
    if (this.#seen.has(id)) {
      // It came by another link first: this one is not part of the tree.
      this.#counts.repeated_total++;
      this.#links.makeLazy(from);
      return this.#send(from, { $case: "prune" });
    }
    this.#counts.heard_total++;
    this.#effects.push({ type: "heard", item: carried.item, from });
    const announcers = this.#missing.arrived(id);
    this.#links.makeEager(from);
    this.#spread({ item: carried.item, hops: carried.hops + 1 }, from, now);
    this.#optimise(from, carried.hops, announcers);
  }

  #spread(carried: Carried<Item>, from: NodeId | undefined, now: number): void {
    const id = this.#options.idOf(carried.item);
    this.#seen.add(id);
    this.#kept.add(id, carried);
    for (const to of this.#links.eager) if (to !== from) this.#send(to, { $case: "gossip", value: carried });
    for (const to of this.#links.lazy) {
      if (to === from) continue;
      const waiting = this.#announce.get(to);
      if (waiting) waiting.push({ id, hops: carried.hops });
      else this.#announce.set(to, [{ id, hops: carried.hops }]);
      this.#announceAt = Math.min(this.#announceAt, now + this.#options.lazyIntervalMs);
      if (waiting && waiting.length >= announcementsMax) this.#sendAnnouncements();
    }
  }

  /** A shorter way exists (section 3.8 of the paper): the tree takes it, and lets go of the long one. */
  #optimise(from: NodeId, hops: number, announcers: readonly Announcer[]): void {
    const better = announcers.find(
      ({ peer, hops: theirs }) => peer !== from && hops - theirs >= this.#options.optimiseHops,
    );
    if (better === undefined) return;
    this.#counts.optimised_total++;
    this.#graft(better.peer, "");
    this.#links.makeLazy(from);
    this.#send(from, { $case: "prune" });
  }

  #graft(peer: NodeId, id: string): void {
    this.#counts.grafts_total++;
    this.#links.makeEager(peer);
    this.#send(peer, { $case: "graft", value: id });
  }

  #grafted(from: NodeId, id: string): void {
    this.#links.makeEager(from);
    const carried = this.#kept.get(id);
    if (carried) this.#send(from, { $case: "gossip", value: carried });
  }

  #sendAnnouncements(): void {
    for (const [to, value] of this.#announce) this.#send(to, { $case: "iHave", value });
    this.#announce.clear();
    this.#announceAt = Number.POSITIVE_INFINITY;
  }

  #send(to: NodeId, message: TreeMessage<Item>): void {
    if (message.$case === "prune") this.#counts.prunes_total++;
    this.#effects.push({ type: "send", to, message });
  }
}
