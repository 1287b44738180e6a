/** Something to tell, under a name that later news about the same thing have too. */
interface Broadcast<Item> {
  readonly name: string;
  readonly item: Item;
  readonly bytes: number;
}

/** Items of one tier that are looked at for a packet's last bytes, so that a large one does not end the search. */
const looksMax = 16;

/**
 * News that ride along with other messages, each a bounded number of times (SWIM §4.1). What was told least goes
 * first, and of that the oldest, so that nothing starves; news under a name replace older ones under it.
 */
export class BroadcastQueue<Item> {
  /** By how often they were told. A Map keeps the order in which they came to that tier. */
  readonly #tiers: Map<string, Broadcast<Item>>[] = [];
  /** The tier of each name. */
  readonly #times = new Map<string, number>();
  readonly #itemsMax: number;
  #dropped = 0;

  constructor(itemsMax: number) {
    this.#itemsMax = itemsMax;
  }

  get size(): number {
    return this.#times.size;
  }

  /** How many gave way because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  has(name: string): boolean {
    return this.#times.has(name);
  }

  /**
   * Queues an item of that many bytes, as if it had been told so many times already. When the queue is full, the item
   * that was told most gives way.
   */
  add(name: string, item: Item, bytes: number, times = 0): void {
    this.remove(name);
    if (this.size >= this.#itemsMax) this.#dropMostTold();
    this.#put({ name, item, bytes }, times);
  }

  remove(name: string): void {
    const times = this.#times.get(name);
    if (times === undefined) return;
    this.#tiers[times]!.delete(name);
    this.#times.delete(name);
  }

  clear(): void {
    this.#tiers.length = 0;
    this.#times.clear();
  }

  /** Takes up to `bytesMax` bytes of items; each is given away `timesMax` times in all. */
  take(bytesMax: number, timesMax: number): { readonly items: Item[]; readonly bytes: number } {
    const taken: { readonly broadcast: Broadcast<Item>; readonly times: number }[] = [];
    let bytes = 0;
    for (const [times, tier] of this.#tiers.entries()) {
      let looks = 0;
      for (const broadcast of tier.values()) {
        if (bytes + broadcast.bytes <= bytesMax) {
          bytes += broadcast.bytes;
          taken.push({ broadcast, times });
        } else if (++looks > looksMax) break;
      }
    }
    for (const { broadcast, times } of taken) this.#told(broadcast, times, timesMax);
    return { items: taken.map(({ broadcast }) => broadcast.item), bytes };
  }

  #told(broadcast: Broadcast<Item>, times: number, timesMax: number): void {
    this.remove(broadcast.name);
    if (times + 1 < timesMax) this.#put(broadcast, times + 1);
  }

  #put(broadcast: Broadcast<Item>, times: number): void {
    while (this.#tiers.length <= times) this.#tiers.push(new Map());
    this.#tiers[times]!.set(broadcast.name, broadcast);
    this.#times.set(broadcast.name, times);
  }

  #dropMostTold(): void {
    const first = this.#tiers
      .findLast(({ size }) => size > 0)
      ?.keys()
      .next().value;
    if (first === undefined) return;
    this.remove(first);
    this.#dropped++;
  }
}
