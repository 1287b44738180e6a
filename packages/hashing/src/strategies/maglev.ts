import { CapacityError, InvalidOptionError } from "../errors.ts";
import type { HashOptions, Key } from "../hash/key.ts";
import { scale } from "../hash/mix.ts";
import type { Node } from "../node.ts";
import { checkedInteger } from "../options.ts";
import type { CellPlacement } from "../placement.ts";
import { eachNode, type Roster } from "../roster.ts";
import { nobody, Strategy } from "./strategy.ts";

/** The paper's two table sizes. Keep a table at 100 entries or more for each node. */
export const MAGLEV_SMALL = 65_537;
export const MAGLEV_LARGE = 655_373;

/** What Maglev's processes must agree on, besides the nodes. */
export interface MaglevOptions extends HashOptions {
  /** Entries in the table: a prime from 3 to 1,048,573. Default `MAGLEV_SMALL`. */
  readonly table?: number | undefined;
}

/**
 * Maglev hashing (Eisenbud et al., NSDI 2016, section 3.4): every node has its own permutation of a table's entries,
 * and nodes take turns to claim their next free one. The fastest lookup and the most even shares, for a little
 * needless movement when nodes change (about half a percent of the keys at 100 nodes).
 *
 * A node of half the greatest weight takes every second turn. The table is rebuilt by the first lookup after a
 * change: O(table * ln table), some milliseconds for the small one.
 *
 * `owner` O(1). `owners` walks the table from the key's entry, O(count) expected, O(table) at worst.
 */
export class Maglev extends Strategy implements CellPlacement {
  readonly strategy = "maglev";
  readonly cells: number;
  #table: Uint16Array | undefined;

  constructor(nodes: Iterable<string | Node> = [], options: MaglevOptions = {}) {
    super(options);
    this.cells = checkedInteger("table", options.table ?? MAGLEV_SMALL, 3, 1_048_573);
    if (!isPrime(this.cells))
      throw new InvalidOptionError(`table must be a prime number, not ${this.cells}.`);
    for (const node of eachNode(nodes)) this.add(node);
  }

  owner(key: Key): string {
    const table = this.#table ?? this.#populate();
    return this.roster.ids[table[scale(this.keys.bits(key), this.cells)]!] ?? nobody();
  }

  add(node: string | Node): void {
    const admitted = this.roster.admit(node);
    if (this.size >= this.cells) {
      throw new CapacityError(
        `A Maglev table of ${this.cells} entries holds no more nodes: choose a larger table.`,
      );
    }
    this.roster.append(admitted);
    this.#table = undefined;
  }

  remove(id: string): void {
    this.roster.delete(this.roster.indexOf(id));
    this.#table = undefined;
  }

  protected indexAt(hash: number): number {
    return (this.#table ?? this.#populate())[scale(hash, this.cells)]!;
  }

  protected *preference(hash: number): Iterable<number> {
    const table = this.#table ?? this.#populate();
    const seen = new Set<number>();
    const start = scale(hash, this.cells);
    for (let step = 0; step < this.cells && seen.size < this.size; step++) {
      const index = table[(start + step) % this.cells]!;
      if (seen.has(index)) continue;
      seen.add(index);
      yield index;
    }
    // A node of little weight may have no entry at all.
    for (const index of this.roster.sorted()) {
      if (!seen.has(index)) yield index;
    }
  }

  protected describe(): string {
    return `table=${this.cells}`;
  }

  #populate(): Uint16Array {
    this.#table = this.size === 0 ? new Uint16Array(this.cells) : populate(this.roster, this.cells);
    return this.#table;
  }
}

/** Pseudocode 1 of the paper, with turns by weight. */
function populate(roster: Roster, entries: number): Uint16Array {
  const order = roster.sorted();
  const heaviest = Math.max(...order.map((index) => roster.weights[index]!));
  const cursor = Uint32Array.from(order, (index) => (roster.first[index]! >>> 0) % entries);
  const skip = Uint32Array.from(order, (index) => ((roster.second[index]! >>> 0) % (entries - 1)) + 1);
  const turns = Float64Array.from(order, (index) => roster.weights[index]! / heaviest);
  const credit = new Float64Array(order.length);
  const table = new Uint16Array(entries);
  const taken = new Uint8Array(entries);
  for (let filled = 0; ; ) {
    for (let i = 0; i < order.length; i++) {
      credit[i] = credit[i]! + turns[i]!;
      if (credit[i]! < 1) continue;
      credit[i] = credit[i]! - 1;
      let entry = cursor[i]!;
      while (taken[entry] === 1) {
        entry += skip[i]!;
        if (entry >= entries) entry -= entries;
      }
      taken[entry] = 1;
      table[entry] = order[i]!;
      cursor[i] = entry;
      filled += 1;
      if (filled === entries) return table;
    }
  }
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) {
    if (value % divisor === 0) return false;
  }
  return value >= 2;
}
