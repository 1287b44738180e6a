import { InvalidOptionError } from "../errors.ts";
import type { HashOptions, Key } from "../hash/key.ts";
import type { Node } from "../node.ts";
import { checkedInteger } from "../options.ts";
import type { CellPlacement } from "../placement.ts";
import { eachNode } from "../roster.ts";
import { cheapestFirst } from "./preference.ts";
import { nobody, Strategy } from "./strategy.ts";
import { bid, nearness, VirtualNodes } from "./virtual-nodes.ts";

/** What a ring's processes must agree on, besides the nodes. */
export interface RingOptions extends HashOptions {
  /**
   * Points on the circle for each node, 1 to 65,536; default 4,096. More of them balance better (a node's share
   * strays by about 1 / sqrt(2 virtualNodes)) and make `add` slower, not lookups.
   */
  readonly virtualNodes?: number | undefined;
  /**
   * Into how many equal arcs the circle is cut: a power of two from 256 to 2^24, default 2^19. Ten bytes of memory
   * each (nine up to 256 nodes). Take some 5,000 for each node to keep the busiest within 8 % of the mean.
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
  /** By arc: the index of the node that owns it, and the bid by which it does. */
  #table: Uint8Array | Uint16Array;
  readonly #bids: Float64Array;
  /** No arc's bid is above it: a node further away than that from an arc need not be compared. */
  #highestBid = Infinity;

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
    this.#bids = new Float64Array(this.cells).fill(Infinity);
    for (const node of eachNode(nodes)) this.add(node);
  }

  owner(key: Key): string {
    return this.roster.ids[this.#table[this.keys.of(key) >>> this.#shift]!] ?? nobody();
  }

  add(node: string | Node): void {
    const index = this.roster.append(this.roster.admit(node));
    if (index === 256) this.#table = Uint16Array.from(this.#table);
    const reach = this.#reach(this.roster.weights[index]!);
    for (let stratum = -1; stratum <= this.#points.count; stratum++) {
      this.#bidAround(index, this.#points.point(index, stratum), reach);
    }
    // Bids only sink as nodes join. Looking at all of them now and then is enough to keep the bound close.
    if (Number.isInteger(Math.log2(this.size))) this.#highestBid = highest(this.#bids);
  }

  remove(id: string): void {
    const gone = this.roster.indexOf(id);
    const last = this.size - 1;
    this.roster.delete(gone);
    if (last === 0) {
      this.#bids.fill(Infinity);
      this.#highestBid = Infinity;
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
    const bids = new Float64Array(this.size);
    for (let index = 0; index < bids.length; index++) {
      bids[index] = bid(this.#points.distance(index, at), this.roster.weights[index]!);
    }
    return cheapestFirst(bids, this.roster);
  }

  protected describe(): string {
    return `virtualNodes=${this.#points.count},arcs=${this.cells}`;
  }

  #midpoint(arc: number): number {
    return ((arc + 0.5) * this.#points.count) / this.cells;
  }

  /** How far from its points a node of some weight can win at all. */
  #reach(weight: number): number {
    // A bid is at least nearness / weight, and nearness at least 5/3 of a distance up to one half.
    const reach = (weight * this.#highestBid * 3) / 5;
    return reach < 0.5 ? reach : 1;
  }

  /** Bids for all arcs with midpoints within reach of one of a node's points. */
  #bidAround(index: number, point: number, reach: number): void {
    const scale = this.cells / this.#points.count;
    const from = Math.max(0, Math.ceil((point - reach) * scale - 0.5));
    const to = Math.min(this.cells - 1, Math.floor((point + reach) * scale - 0.5));
    const weight = this.roster.weights[index]!;
    for (let arc = from; arc <= to; arc++) {
      const distance = Math.abs(this.#midpoint(arc) - point);
      // Nearly always settled here, without a logarithm: -ln(1 - n) >= n.
      if (distance > 1 || nearness(distance) > this.#bids[arc]! * weight) continue;
      this.#offer(index, arc, bid(distance, weight));
    }
  }

  #offer(index: number, arc: number, offered: number): void {
    const best = this.#bids[arc]!;
    if (offered > best || (offered === best && !this.roster.precedes(index, this.#table[arc]!))) return;
    this.#bids[arc] = offered;
    this.#table[arc] = index;
  }

  /** Lets all nodes bid for an arc whose owner is gone. */
  #auction(arc: number): void {
    const at = this.#midpoint(arc);
    this.#bids[arc] = Infinity;
    for (let index = 0; index < this.size; index++) {
      const distance = this.#points.distance(index, at);
      const weight = this.roster.weights[index]!;
      if (nearness(distance) > this.#bids[arc]! * weight) continue;
      this.#offer(index, arc, bid(distance, weight));
    }
    this.#highestBid = Math.max(this.#highestBid, this.#bids[arc]!);
  }
}

function highest(bids: Float64Array): number {
  let most = 0;
  for (let arc = 0; arc < bids.length; arc++) most = Math.max(most, bids[arc]!);
  return most;
}
