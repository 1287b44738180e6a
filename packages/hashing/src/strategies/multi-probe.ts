import { InvalidNodeError } from "../errors.ts";
import type { HashOptions, Key } from "../hash/key.ts";
import { HASHES, mix } from "../hash/mix.ts";
import type { Node, PlacedNode } from "../node.ts";
import { checkedInteger } from "../options.ts";
import { eachNode, type Roster } from "../roster.ts";
import { nobody, Strategy } from "./strategy.ts";

const POINTS_PER_NODE_MAX = 65_536;

/** What multi-probe's processes must agree on, besides the nodes. */
export interface MultiProbeOptions extends HashOptions {
  /** How many places on the circle a key tries, 1 to 256; default 21, for a peak load of 1.05 of the mean. */
  readonly probes?: number | undefined;
  /** Points for a node of weight 1, default 1. Raise it to honour fractions of weights. */
  readonly virtualNodes?: number | undefined;
}

/**
 * Multi-probe consistent hashing (Appleton and O'Reilly, 2015): each node has one point on the circle, each key
 * tries several places, and the point that follows one of them most closely owns. Balance comes from the probes
 * (1 + 1 / epsilon of them for a peak of 1 + epsilon) and not from memory.
 *
 * `owner` O(probes). `owners` goes clockwise from the winning point, O(probes + points passed). `add` and `remove`
 * sort all points again at the next lookup.
 */
export class MultiProbe extends Strategy {
  readonly strategy = "multi-probe";
  readonly #probes: number;
  readonly #virtualNodes: number;
  #circle: Circle | undefined;

  constructor(nodes: Iterable<string | Node> = [], options: MultiProbeOptions = {}) {
    super(options);
    this.#probes = checkedInteger("probes", options.probes ?? 21, 1, 256);
    this.#virtualNodes = checkedInteger("virtualNodes", options.virtualNodes ?? 1, 1, 1024);
    for (const node of eachNode(nodes)) this.add(node);
  }

  owner(key: Key): string {
    return this.roster.ids[this.indexAt(this.keys.bits(key))] ?? nobody();
  }

  add(node: string | Node): void {
    const admitted = this.roster.admit(node);
    if (this.#pointsOf(admitted.weight) > POINTS_PER_NODE_MAX) {
      throw new InvalidNodeError(
        `Node "${admitted.id}" would have more than ${POINTS_PER_NODE_MAX} points: lower its weight or virtualNodes.`,
      );
    }
    this.roster.append(admitted);
    this.#circle = undefined;
  }

  remove(id: string): void {
    this.roster.delete(this.roster.indexOf(id));
    this.#circle = undefined;
  }

  protected indexAt(hash: number): number {
    if (this.size === 0) return 0;
    const circle = this.#current();
    return circle.owners[this.#nearestPoint(circle, hash)]!;
  }

  protected *preference(hash: number): Iterable<number> {
    const circle = this.#current();
    const { owners } = circle;
    const start = this.#nearestPoint(circle, hash);
    const seen = new Set<number>();
    for (let step = 0; seen.size < this.size; step++) {
      const index = owners[(start + step) % owners.length]!;
      if (seen.has(index)) continue;
      seen.add(index);
      yield index;
    }
  }

  protected describe(): string {
    return `probes=${this.#probes},virtualNodes=${this.#virtualNodes}`;
  }

  #pointsOf(weight: number): number {
    return Math.max(1, Math.round(weight * this.#virtualNodes));
  }

  #current(): Circle {
    this.#circle ??= circleOf(this.roster, (node) => this.#pointsOf(node.weight));
    return this.#circle;
  }

  /** The point at the least distance clockwise from any of the key's probes; the first probe wins a tie. */
  #nearestPoint(circle: Circle, hash: number): number {
    const { positions, index, shift } = circle;
    let best = 0;
    let bestDistance = HASHES;
    for (let i = 0; i < this.#probes; i++) {
      // The paper steps by a second hash. Steps of one length balance worse than places of no pattern.
      const probe = mix(hash + Math.imul(i, 0x9e3779b9)) >>> 0;
      let point = index[probe >>> shift]!;
      while (point < positions.length && positions[point]! < probe) point++;
      if (point === positions.length) point = 0;
      const distance = (positions[point]! - probe) >>> 0;
      if (distance < bestDistance) {
        best = point;
        bestDistance = distance;
      }
    }
    return best;
  }
}

/** Points in the order of their positions, equal ones in the order of their nodes' ids. */
interface Circle {
  readonly positions: Uint32Array;
  /** Whose each point is. */
  readonly owners: Uint16Array;
  /** By the high bits of a position, those that `shift` leaves: the first point at or after them. */
  readonly index: Uint32Array;
  readonly shift: number;
}

function circleOf(roster: Roster, pointsOf: (node: PlacedNode) => number): Circle {
  // Position and owner's rank share one double, so that a numeric sort orders both.
  const order = roster.sorted();
  const points: number[] = [];
  for (const [rank, index] of order.entries()) {
    for (let j = pointsOf(roster.node(index)); j > 0; j--) {
      const position = mix(roster.first[index]! + Math.imul(j, roster.second[index]!)) >>> 0;
      points.push(position * 65_536 + rank);
    }
  }
  const sorted = Float64Array.from(points).sort();
  const positions = Uint32Array.from(sorted, (point) => Math.floor(point / 65_536));
  const owners = Uint16Array.from(sorted, (point) => order[point % 65_536]!);
  const bits = Math.max(1, 32 - Math.clz32(positions.length));
  const index = new Uint32Array(2 ** bits);
  for (let slot = 0, point = 0; slot < index.length; slot++) {
    while (point < positions.length && positions[point]! < slot * 2 ** (32 - bits)) point++;
    index[slot] = point;
  }
  return { positions, owners, index, shift: 32 - bits };
}
