import type { Effect, NodeId, Random } from "@coterie/host";
import type { Heard, NewsCore } from "../news/core.ts";
import { RecentIds } from "../news/recent.ts";
import { listOf, type Peers } from "../peers.ts";

/** An item on its way, with the number of nodes that have passed it on. */
export interface Flooded<Item> {
  readonly item: Item;
  readonly hops: number;
}

/**
 * With which probability an item is passed on to each neighbour. A number, or `byDegree`: as many neighbours as that,
 * on average, however many there are; so nodes with few neighbours tell them all, and hubs do not tell everybody.
 */
export type Forwarding = { readonly probability: number } | { readonly byDegree: number };

export interface FloodingCoreOptions<Item> {
  readonly id: NodeId;
  readonly neighbours: Peers;
  readonly random: Random;
  readonly idOf: (item: Item) => string;
  readonly forwarding: Forwarding;
  /** Nodes at fewer hops than this from the first tell all their neighbours: a flood must not die where it begins. */
  readonly certainHops: number;
  /** An item is passed on no further than this. */
  readonly hopsMax: number;
  readonly rememberMax: number;
}

/**
 * Flooding over the links of an overlay: whoever hears an item for the first time passes it on to its neighbours, with a
 * probability (Haas, Halpern and Li, "Gossip-based ad hoc routing", 2002: their GOSSIP1 with certain hops, and by degree
 * after their GOSSIP2). Nothing is repeated: what is lost is lost.
 */
export class FloodingCore<Item> implements NewsCore<Item, Flooded<Item>> {
  readonly #options: FloodingCoreOptions<Item>;
  readonly #seen: RecentIds;
  #effects: Effect<Flooded<Item>, never, Heard<Item>>[] = [];
  readonly #counts = { heard_total: 0, known_total: 0, forwarded_total: 0, spared_total: 0 };

  constructor(options: FloodingCoreOptions<Item>) {
    this.#options = options;
    this.#seen = new RecentIds(options.rememberMax);
  }

  /** Nothing is due, ever: a flood goes on when it arrives. */
  get deadline(): number {
    return Number.POSITIVE_INFINITY;
  }

  advance(): void {}

  tell(item: Item): void {
    this.#seen.add(this.#options.idOf(item));
    this.#forward({ item, hops: 0 }, undefined);
  }

  receive(from: NodeId, { item, hops }: Flooded<Item>): void {
    const id = this.#options.idOf(item);
    if (this.#seen.has(id)) {
      this.#counts.known_total++;
      return;
    }
    this.#seen.add(id);
    this.#counts.heard_total++;
    this.#effects.push({ type: "heard", item, from });
    if (hops + 1 < this.#options.hopsMax) this.#forward({ item, hops: hops + 1 }, from);
  }

  drain(): readonly Effect<Flooded<Item>, never, Heard<Item>>[] {
    const effects = this.#effects;
    if (effects.length > 0) this.#effects = [];
    return effects;
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.#counts, remembered: this.#seen.size };
  }

  #forward(flooded: Flooded<Item>, from: NodeId | undefined): void {
    const { id, neighbours, random, certainHops } = this.#options;
    const others = listOf(neighbours).filter((to) => to !== id && to !== from);
    const probability = flooded.hops < certainHops ? 1 : this.#probability(others.length);
    for (const to of others) {
      if (random.float() >= probability) {
        this.#counts.spared_total++;
        continue;
      }
      this.#counts.forwarded_total++;
      this.#effects.push({ type: "send", to, message: flooded });
    }
  }

  #probability(degree: number): number {
    const { forwarding } = this.#options;
    if ("probability" in forwarding) return forwarding.probability;
    return degree === 0 ? 0 : Math.min(1, forwarding.byDegree / degree);
  }
}
