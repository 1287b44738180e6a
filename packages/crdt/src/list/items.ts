import type { ElementId } from "../sequence/content.ts";
import { INSERT_LEFT } from "../sequence/log.ts";
import type { Sequence } from "../sequence/sequence.ts";
import type { Moved, New, Replaced, Slot, Slots } from "./slots.ts";

/** An element by the small integers of this replica. */
export interface Element {
  readonly replica: number;
  readonly seq: number;
}

/** The element that a register holds, and when it was written. */
interface Latest extends Element {
  readonly time: number;
}

type Record<T> = Moved | Replaced<T>;

/** A number for an element: replicas are far fewer than 2^20. */
const keyOf = ({ replica, seq }: Element): number => replica * 2 ** 32 + seq;

/**
 * For every item two last-writer-wins registers: where it stands, and what it holds. An item is named by the element
 * that inserted it; only what was moved or replaced has an entry here. Writings that lost are of no use any more, so
 * their content is dropped: whether one is depends on the operations alone, so all replicas drop the same.
 */
export class Items<T> {
  readonly #sequence: Sequence;
  readonly #slots: Slots<T>;
  readonly #places = new Map<number, Latest>();
  readonly #values = new Map<number, Latest>();

  constructor(sequence: Sequence, slots: Slots<T>) {
    this.#sequence = sequence;
    this.#slots = slots;
  }

  slotAt({ replica, seq }: Element): Slot<T> | undefined {
    return this.#slots.peek(replica, this.#sequence.log.contentOf(replica, seq));
  }

  /** The item that stands at an element that is seen. */
  itemAt(element: Element): Element {
    const slot = this.slotAt(element)!;
    return slot.kind === "new" ? element : this.find(slot.item)!;
  }

  /** The element of an id, when it is known. */
  find({ replica: id, seq }: ElementId): Element | undefined {
    const replica = this.#sequence.replicas.find(id);
    return replica !== undefined && this.#sequence.log.isElement(replica, seq) ? { replica, seq } : undefined;
  }

  /** Whether the element inserted an item that has not been removed. */
  has(item: Element): boolean {
    return this.slotAt(item)?.kind === "new";
  }

  /** The element at which an item stands. */
  placeOf(item: Element): Element {
    return this.#places.get(keyOf(item)) ?? item;
  }

  valueOf(item: Element): T {
    return (this.slotAt(this.#values.get(keyOf(item)) ?? item) as New<T> | Replaced<T>).value;
  }

  /** The time for the next writing of the register that such a record writes. */
  nextTime(item: Element, kind: Record<T>["kind"]): number {
    return (this.#register(kind).get(keyOf(item))?.time ?? 0) + 1;
  }

  /**
   * Writes a record into its register. Returns the element that held it before, or undefined when the record comes too
   * late or speaks of no item that is there; then its content is dropped.
   */
  settle(element: Element, record: Record<T>): Element | undefined {
    const item = this.find(record.item);
    const register = this.#register(record.kind);
    const before = item && register.get(keyOf(item));
    if (item === undefined || !this.has(item) || (before && !this.#isNewer(element, record.time, before))) {
      this.#drop(element);
      return undefined;
    }
    register.set(keyOf(item), { ...element, time: record.time });
    if (before) this.#drop(before);
    return before ?? item;
  }

  /** Forgets an item that is removed. Returns where it stood. */
  remove(item: Element): Element {
    const key = keyOf(item);
    const place = this.placeOf(item);
    for (const register of [this.#places, this.#values]) {
      const latest = register.get(key);
      if (latest) this.#drop(latest);
      register.delete(key);
    }
    this.#drop(item);
    return place;
  }

  /** All records that have content, once a document was read. */
  eachRecord(visit: (element: Element, record: Record<T>) => void): void {
    const { log, replicas } = this.#sequence;
    for (let replica = 0; replica < replicas.size; replica++)
      for (let place = 0; place < log.runCount(replica); place++) {
        const run = log.run(replica, place);
        if (log.kind(run) > INSERT_LEFT) continue;
        for (let seq = log.seq(run); seq <= log.last(run); seq++) {
          const slot = this.slotAt({ replica, seq });
          if (slot !== undefined && slot.kind !== "new") visit({ replica, seq }, slot);
        }
      }
  }

  #register(kind: Record<T>["kind"]): Map<number, Latest> {
    return kind === "moved" ? this.#places : this.#values;
  }

  #isNewer(element: Element, time: number, than: Latest): boolean {
    if (time !== than.time) return time > than.time;
    return (this.#sequence.replicas.compare(element.replica, than.replica) || element.seq - than.seq) > 0;
  }

  #drop({ replica, seq }: Element): void {
    this.#slots.drop(replica, this.#sequence.log.contentOf(replica, seq), 1);
  }
}
