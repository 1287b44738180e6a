const slotsMin = 64;

/**
 * What waits, by an id of 32 bits that this table gives out. A ring of slots rather than a `Map`: calls come and go
 * by the million, and every table that a `Map` outgrows goes on pointing to its successor. Once one of them is old,
 * the collector of young objects keeps all that came after it, which cost more than the calls themselves.
 *
 * All of it takes constant time, amortised.
 */
export class CallTable<Call extends { readonly id: number }> {
  /** At most half of them are in use, so a free one is near. Their number is a power of two. */
  #slots: (Call | undefined)[] = new Array(slotsMin).fill(undefined);
  #size = 0;
  #lastId: number;

  /** `lastId` is the id before the first one. */
  constructor(lastId = 0) {
    this.#lastId = lastId;
  }

  get size(): number {
    return this.#size;
  }

  /** The id for the next call to be added. Ids wrap after 2^32; one whose slot still waits is passed over. */
  nextId(): number {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const slots = this.#slots;
    const mask = slots.length - 1;
    let id = this.#lastId;
    do id = (id + 1) >>> 0;
    while (slots[id & mask] !== undefined);
    this.#lastId = id;
    return id;
  }

  /** Adds what bears the id that `nextId` gave last. */
  add(call: Call): void {
    this.#slots[call.id & (this.#slots.length - 1)] = call;
    this.#size++;
  }

  get(id: number): Call | undefined {
    const call = this.#slots[id & (this.#slots.length - 1)];
    return call?.id === id ? call : undefined;
  }

  /** Takes out what is in the table. */
  delete(call: Call): void {
    const at = call.id & (this.#slots.length - 1);
    if (this.#slots[at] !== call) return;
    this.#slots[at] = undefined;
    this.#size--;
  }

  /** In no order. What is added or taken out meanwhile may be among them or not. */
  *[Symbol.iterator](): Generator<Call, void, undefined> {
    for (const call of this.#slots) if (call !== undefined) yield call;
  }

  /** Ids that differ in their last bits differ in one bit more, too: none meets another in the larger ring. */
  #grow(): void {
    const slots: (Call | undefined)[] = new Array(this.#slots.length * 2).fill(undefined);
    for (const call of this.#slots) if (call !== undefined) slots[call.id & (slots.length - 1)] = call;
    this.#slots = slots;
  }
}
