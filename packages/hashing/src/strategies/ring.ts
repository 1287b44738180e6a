import { InvalidOptionError } from "../errors.ts";
import type { HashOptions, Key } from "../hash/key.ts";
import { HASHES } from "../hash/mix.ts";
import type { Node } from "../node.ts";
import { checkedInteger } from "../options.ts";
import type { CellPlacement } from "../placement.ts";
import { eachNode } from "../roster.ts";
import { type Arcs, bequeath, claim } from "./closest.ts";
import { cheapestFirst } from "./preference.ts";
import { nobody, Strategy } from "./strategy.ts";
import { bid, bidAtLeast, bidAtMost, VirtualNodes } from "./virtual-nodes.ts";

/** What a ring's processes must agree on, besides the nodes. */
export interface RingOptions extends HashOptions {
  /**
   * Points on the circle for each node, 1 to 65,536; default 4,096. More of them balance better (a node's share
   * strays by about 1 / sqrt(2 virtualNodes)) and make `add` slower, not lookups.
   */
  readonly virtualNodes?: number | undefined;
  /**
   * Into how many equal arcs the circle is cut: a power of two from 256 to 2^24, default 2^19. Six bytes of memory
   * each (five up to 256 nodes). Take some 5,000 for each node to keep the busiest within 8 % of the mean.
   */
  readonly arcs?: number | undefined;
}

/**
 * Consistent hashing (Karger et al., STOC 1997, section 4): nodes have many points on a circle, and the closest
 * point owns. What is decided that way here is not each key but each of the circle's many short arcs, by its
 * midpoint, so that looking up a key is one hash and one read from a table.
 *
 * A node that joins takes arcs from others and moves none between them; one that leaves gives its arcs to the next
 * closest. `owners` goes on to the next closest nodes: when the first one leaves, the second becomes the owner.
 *
 * `owner` O(1). `owners` O(nodes * count). `add` O(virtualNodes + arcs within reach of its points), less with every
 * node that is there already; `remove` O(arcs).
 */
export class HashRing extends Strategy implements CellPlacement {
  readonly strategy = "ring";
  readonly cells: number;
  readonly #points: VirtualNodes;
  readonly #shift: number;
  /** By arc: the index of the node that owns it, and how far its closest point is, in 2^-32 strata. */
  #table: Uint8Array | Uint16Array;
  readonly #distances: Uint32Array;
  /** No arc is owned by a higher bid, as far as was known when the ring had `#measuredAt` nodes; 0 for never. */
  #highestBid = Infinity;
  #measuredAt = 0;

  constructor(nodes: Iterable<string | Node> = [], options: RingOptions = {}) {
    super(options);
    const virtualNodes = checkedInteger("virtualNodes", options.virtualNodes ?? 4096, 1, 65_536);
    this.cells = checkedInteger("arcs", options.arcs ?? 524_288, 256, 16_777_216);
    if (!Number.isInteger(Math.log2(this.cells))) {
      throw new InvalidOptionError(`arcs must be a power of two, not ${this.cells}.`);
    }
    this.#shift = Math.clz32(this.cells - 1);
    this.#points = new VirtualNodes(this.roster, virtualNodes);
    this.#table = new Uint8Array(this.cells);
    this.#distances = new Uint32Array(this.cells);
    for (const node of eachNode(nodes)) this.add(node);
  }

  owner(key: Key): string {
    return this.roster.ids[this.#table[this.keys.bits(key) >>> this.#shift]!] ?? nobody();
  }

  add(node: string | Node): void {
    const index = this.roster.append(this.roster.admit(node));
    if (index === 256) this.#table = Uint16Array.from(this.#table);
    if (index === 0) {
      for (let arc = 0; arc < this.cells; arc++) this.#auction(arc);
      return;
    }
    if (this.roster.balanced) {
      claim(index, this.#arcs());
      return;
    }
    const reach = this.#reach(index);
    for (let stratum = -1; stratum <= this.#points.count; stratum++) {
      this.#bidAround(index, this.#points.point(index, stratum), reach);
    }
  }

  remove(id: string): void {
    const gone = this.roster.indexOf(id);
    const last = this.size - 1;
    this.roster.delete(gone);
    this.#measuredAt = 0;
    if (last === 0) return;
    if (this.roster.balanced) {
      bequeath(gone, last, this.#arcs());
      return;
    }
    const table = this.#table;
    for (let arc = 0; arc < table.length; arc++) {
      const owner = table[arc]!;
      if (owner === gone) this.#auction(arc);
      else if (owner === last) table[arc] = gone;
    }
  }

  protected indexAt(hash: number): number {
    return this.#table[hash >>> this.#shift]!;
  }

  protected preference(hash: number): Iterable<number> {
    const at = this.#midpoint(hash >>> this.#shift);
    const { balanced, weights } = this.roster;
    const bids = new Float64Array(this.size);
    for (let index = 0; index < bids.length; index++) {
      const distance = this.#points.distance(index, at);
      bids[index] = balanced ? distance : bid(distance, weights[index]!);
    }
    return cheapestFirst(bids, this.roster);
  }

  protected describe(): string {
    return `virtualNodes=${this.#points.count},arcs=${this.cells}`;
  }

  #arcs(): Arcs {
    return {
      roster: this.roster,
      points: this.#points.count,
      table: this.#table,
      distances: this.#distances,
    };
  }

  #midpoint(arc: number): number {
    return ((arc + 0.5) * this.#points.count) / this.cells;
  }

  /** How far from its points, in strata, a node can win at all. */
  #reach(index: number): number {
    // Bids only sink as nodes join: looking at all of them now and then keeps the bound close.
    if (this.size >= 2 * this.#measuredAt) this.#measure();
    // A bid is at least nearness / weight, and nearness at least 5/3 of a distance up to one half.
    const reach = (this.roster.weights[index]! * this.#highestBid * 3) / 5;
    return reach < 0.5 ? reach : 1;
  }

  #measure(): void {
    const { weights } = this.roster;
    this.#highestBid = 0;
    this.#measuredAt = this.size;
    for (let arc = 0; arc < this.cells; arc++) {
      const most = bidAtMost(this.#distances[arc]!, weights[this.#table[arc]!]!);
      if (most > this.#highestBid) this.#highestBid = most;
    }
  }

  /** Bids for all arcs within reach of one of a node's points. */
  #bidAround(index: number, point: number, reach: number): void {
    const scale = this.cells / this.#points.count;
    const middle = Math.ceil(point * scale - 0.5);
    const from = Math.max(0, Math.ceil((point - reach) * scale - 0.5));
    const to = Math.min(this.cells - 1, Math.floor((point + reach) * scale - 0.5));
    for (let arc = Math.max(middle, 0); arc <= to; arc++)
      this.#offer(index, arc, (this.#midpoint(arc) - point) * HASHES);
    for (let arc = Math.min(middle, this.cells) - 1; arc >= from; arc--)
      this.#offer(index, arc, (point - this.#midpoint(arc)) * HASHES);
  }

  /** Gives an arc to a node if that beats its owner. */
  #offer(index: number, arc: number, distance: number): void {
    if (distance >= HASHES || !this.#beats(index, distance, this.#table[arc]!, this.#distances[arc]!)) return;
    this.#table[arc] = index;
    this.#distances[arc] = distance;
  }

  #beats(a: number, distanceA: number, b: number, distanceB: number): boolean {
    const weightA = this.roster.weights[a]!;
    const weightB = this.roster.weights[b]!;
    if (weightA === weightB)
      return distanceA < distanceB || (distanceA === distanceB && this.roster.precedes(a, b));
    // Nearly always settled here, without a logarithm.
    if (bidAtLeast(distanceA, weightA) > bidAtMost(distanceB, weightB)) return false;
    const [bidA, bidB] = [bid(distanceA, weightA), bid(distanceB, weightB)];
    return bidA < bidB || (bidA === bidB && this.roster.precedes(a, b));
  }

  /** Lets all nodes bid for an arc that nobody owns. */
  #auction(arc: number): void {
    const at = this.#midpoint(arc);
    this.#table[arc] = 0;
    this.#distances[arc] = this.#points.distance(0, at);
    for (let index = 1; index < this.size; index++) this.#offer(index, arc, this.#points.distance(index, at));
  }
}
