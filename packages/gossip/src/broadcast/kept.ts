/** An item and how far it has come. */
export interface Carried<Item> {
  readonly item: Item;
  /** Nodes that have passed it on before this one. */
  readonly hops: number;
}

/** The last items that went through this node, for those that ask for them; bounded in bytes. */
export class KeptItems<Item> {
  readonly #bytesMax: number;
  readonly #bytesOf: (item: Item) => number;
  readonly #items: Map<string, Carried<Item>> = new Map();
  #bytes = 0;

  constructor(bytesMax: number, bytesOf: (item: Item) => number) {
    this.#bytesMax = bytesMax;
    this.#bytesOf = bytesOf;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: string): Carried<Item> | undefined {
    return this.#items.get(id);
  }

  /** Keeps it, and lets the oldest go until there is room; the newest is kept in any case. */
  add(id: string, carried: Carried<Item>): void {
    if (this.#items.has(id)) return;
    this.#items.set(id, carried);
    this.#bytes += this.#bytesOf(carried.item);
    for (const [oldest, { item }] of this.#items) {
      if (this.#bytes <= this.#bytesMax || oldest === id) return;
      this.#items.delete(oldest);
      this.#bytes -= this.#bytesOf(item);
    }
  }
}
