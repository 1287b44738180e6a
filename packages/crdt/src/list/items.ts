import type { ElementId } from "../sequence/content.ts";
import { INSERT_LEFT } from "../sequence/log.ts";
import { dropRemoved, removedBy } from "../sequence/past.ts";
import type { Sequence } from "../sequence/sequence.ts";
import { isItem, type Moved, type New, type Replaced, type Slot, type Slots, withoutValue } from "./slots.ts";

/**
 * What is kept of places and values that lost, and of items that were removed: nothing; of which items they were and
 * when, which is what a document needs to forget; or all of it, to travel in time.
 */
export type Keeps = "nothing" | "records" | "everything";

/** An element by the small integers of this replica. */
export interface Element {
  readonly replica: number;
  readonly seq: number;
}

/** The element that a register holds, and when it was written. */
export interface Latest extends Element {
  readonly time: number;
}

/** Whether a writing of a register counts more than another: the later one, of two at one time the higher id's. */
export function isNewer({ replicas }: Sequence, a: Latest, b: Latest): boolean {
  if (a.time !== b.time) return a.time > b.time;
  return (replicas.compare(a.replica, b.replica) || a.seq - b.seq) > 0;
}

type Record<T> = Moved | Replaced<T>;

/** A number for an element: replicas are far fewer than 2^20. */
export const keyOf = ({ replica, seq }: Element): number => replica * 2 ** 32 + seq;

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
  readonly #keeps: Keeps;
  /** Items that are removed and have their content still. */
  readonly #removed = new Set<number>();

  constructor(sequence: Sequence, slots: Slots<T>, keeps: Keeps) {
    this.#sequence = sequence;
    this.#slots = slots;
    this.#keeps = keeps;
  }

  slotAt({ replica, seq }: Element): Slot<T> | undefined {
    return this.#slots.peek(replica, this.#sequence.log.contentOf(replica, seq));
  }

  /** The item that stands at an element that is seen. */
  itemAt(element: Element): Element {
    const slot = this.slotAt(element)!;
    return isItem(slot) ? element : this.find(slot.item)!;
  }

  /** The element of an id, when it is known. */
  find({ replica: id, seq }: ElementId): Element | undefined {
    const replica = this.#sequence.replicas.find(id);
    return replica !== undefined && this.#sequence.log.isElement(replica, seq) ? { replica, seq } : undefined;
  }

  /** Whether the element inserted an item that has not been removed. */
  has(item: Element): boolean {
    return isItem(this.slotAt(item)) && !this.#removed.has(keyOf(item));
  }

  /** The element at which an item stands. */
  placeOf(item: Element): Element {
    return this.#places.get(keyOf(item)) ?? item;
  }

  /** Whether what an item holds is known. */
  hasValue(item: Element): boolean {
    const slot = this.slotAt(this.#values.get(keyOf(item)) ?? item);
    return slot !== undefined && "value" in slot;
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
    const latest = { ...element, time: record.time };
    if (item === undefined || !this.has(item) || (before && !isNewer(this.#sequence, latest, before))) {
      this.#lose(element);
      return undefined;
    }
    register.set(keyOf(item), latest);
    // Of what a forgetting laid down only that is kept which counts: who hears of it late does not know the rest.
    if (before) this.#lose(before);
    else if (record.kind === "replaced" && this.slotAt(item)?.kind === "kept") this.#lose(item);
    return before ?? item;
  }

  /** Forgets an item that is removed. Returns where it stood. */
  remove(item: Element): Element {
    const key = keyOf(item);
    const place = this.placeOf(item);
    for (const register of [this.#places, this.#values]) {
      const latest = register.get(key);
      if (latest) this.#lose(latest);
      register.delete(key);
    }
    if (this.#keeps === "everything") this.#removed.add(key);
    else this.#drop(item);
    return place;
  }

  /** Finds the items that were removed, once a document was read: their content is kept, or dropped if it was still there. */
  readRemovals(): void {
    if (this.#keeps !== "everything") {
      dropRemoved(this.#sequence, this.#slots);
      return;
    }
    const { log, replicas } = this.#sequence;
    const all = Array.from({ length: replicas.size }, (_, replica) => log.next(replica));
    for (const [replica, seqs] of removedBy(this.#sequence, all).entries())
      for (const seq of seqs) this.#removed.add(keyOf({ replica, seq }));
  }

  /** All that has content, once a document was read. */
  eachSlot(visit: (element: Element, slot: Slot<T>) => void): void {
    const { log, replicas } = this.#sequence;
    for (let replica = 0; replica < replicas.size; replica++)
      for (let place = 0; place < log.runCount(replica); place++) {
        const run = log.run(replica, place);
        if (log.kind(run) > INSERT_LEFT) continue;
        for (let seq = log.seq(run); seq <= log.last(run); seq++) {
          const slot = this.slotAt({ replica, seq });
          if (slot !== undefined) visit({ replica, seq }, slot);
        }
      }
  }

  #register(kind: Record<T>["kind"]): Map<number, Latest> {
    return kind === "moved" ? this.#places : this.#values;
  }

  /** Drops of what does not count any more what need not be kept. */
  #lose(element: Element): void {
    if (this.#keeps === "everything") return;
    const slot = this.slotAt(element);
    if (slot === undefined) return;
    if (this.#keeps === "nothing") this.#drop(element);
    else
      this.#slots.put(
        element.replica,
        this.#sequence.log.contentOf(element.replica, element.seq),
        withoutValue(slot),
      );
  }

  #drop({ replica, seq }: Element): void {
    this.#slots.drop(replica, this.#sequence.log.contentOf(replica, seq), 1);
  }
}
