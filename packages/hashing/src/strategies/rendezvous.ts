import type { HashOptions, Key } from "../hash/key.ts";
import { even, waiting } from "../hash/logarithm.ts";
import { HASHES, mix } from "../hash/mix.ts";
import type { Node } from "../node.ts";
import { eachNode, type Roster } from "../roster.ts";
import { cheapestFirst } from "./preference.ts";
import { nobody, Strategy } from "./strategy.ts";

/** A node's 32-bit score for a hash: even, and independent of the other nodes' scores. Signed. */
function scoreOf(roster: Roster, index: number, hash: number): number {
  return mix(Math.imul(hash ^ roster.first[index]!, roster.second[index]!));
}

/**
 * Rendezvous or highest random weight hashing (Thaler and Ravishankar, 1998): every node draws a score for the key,
 * and the highest wins. No table, no memory, least movement, exact shares; but each lookup asks every node.
 *
 * Weights by the logarithmic method: a node's score becomes -ln(u) / weight for u even in (0, 1), the lowest wins.
 * That is a race of exponential waiting times, which a node wins with a chance in proportion to its weight; a node
 * whose weight changes moves only keys of its own. With equal weights the same node wins without a logarithm.
 *
 * `owner` O(nodes). `owners` O(nodes * count). `add` and `remove` O(1).
 */
export class Rendezvous extends Strategy {
  readonly strategy = "rendezvous";

  constructor(nodes: Iterable<string | Node> = [], options: HashOptions = {}) {
    super(options);
    for (const node of eachNode(nodes)) this.add(node);
  }

  owner(key: Key): string {
    return this.roster.ids[this.#winner(this.keys.bits(key))] ?? nobody();
  }

  add(node: string | Node): void {
    this.roster.append(this.roster.admit(node));
  }

  remove(id: string): void {
    this.roster.delete(this.roster.indexOf(id));
  }

  protected indexAt(hash: number): number {
    return this.#winner(hash);
  }

  protected preference(hash: number): Iterable<number> {
    const { roster } = this;
    const costs = new Float64Array(roster.size);
    for (let index = 0; index < costs.length; index++) {
      costs[index] = waiting(even(scoreOf(roster, index, hash))) / roster.weights[index]!;
    }
    return cheapestFirst(costs, roster);
  }

  protected describe(): string {
    return "";
  }

  #winner(hash: number): number {
    return this.roster.balanced ? this.#highest(hash) : this.#lightest(hash);
  }

  #highest(hash: number): number {
    const { first, second } = this.roster;
    const size = this.size;
    let best = 0;
    let bestScore = -1;
    for (let index = 0; index < size; index++) {
      const score = mix(Math.imul(hash ^ first[index]!, second[index]!)) >>> 0;
      if (score < bestScore || (score === bestScore && !this.roster.precedes(index, best))) continue;
      best = index;
      bestScore = score;
    }
    return best;
  }

  #lightest(hash: number): number {
    const { roster } = this;
    let best = 0;
    let bestCost = Infinity;
    for (let index = 0; index < roster.size; index++) {
      const score = scoreOf(roster, index, hash) >>> 0;
      const weight = roster.weights[index]!;
      // -ln(u) >= 1 - u: most nodes are out of the race before their logarithm is taken.
      if ((HASHES - 1 - score) / HASHES > bestCost * weight) continue;
      const cost = waiting(even(score)) / weight;
      if (cost > bestCost || (cost === bestCost && !roster.precedes(index, best))) continue;
      best = index;
      bestCost = cost;
    }
    return best;
  }
}
