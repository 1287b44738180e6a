import { type Step, Steps } from "../sequence/changes.ts";
import { INSERT_LEFT } from "../sequence/log.ts";
import type { Past } from "../sequence/past.ts";
import type { Sequence } from "../sequence/sequence.ts";
import { type Element, isNewer, keyOf, type Latest } from "./items.ts";
import { isItem, type Slot, type Slots } from "./slots.ts";

type Register = "place" | "value";

/**
 * The items of a movable list as they were at a version: every register anew, from the records that were there. That takes
 * all records, so a list that keeps none of those that lost cannot be asked. O(elements).
 */
export class ItemsAt<T> {
  readonly #sequence: Sequence;
  readonly #slots: Slots<T>;
  readonly #past: Past;
  readonly #registers: { readonly [R in Register]: Map<number, Latest> } = {
    place: new Map(),
    value: new Map(),
  };
  /** By its place, the item that stood there after a move. */
  readonly #movedTo = new Map<number, Element>();

  constructor(sequence: Sequence, slots: Slots<T>, past: Past) {
    this.#sequence = sequence;
    this.#slots = slots;
    this.#past = past;
    this.#readRecords();
  }

  /** The item that stood at an element, if any did. */
  itemAt(element: Element): Element | undefined {
    const { replica, seq } = element;
    if (seq >= this.#past.seen[replica]!) return undefined;
    const slot = this.#slotAt(element);
    const key = keyOf(element);
    // An item that was removed since may have left nothing but its element.
    const item = slot === undefined || isItem(slot) ? element : this.#movedTo.get(key);
    if (item === undefined || this.#isRemoved(item) || keyOf(this.placeOf(item)) !== key) return undefined;
    return item;
  }

  placeOf(item: Element): Element {
    return this.#registers.place.get(keyOf(item)) ?? item;
  }

  /** What an item held; undefined when that was not kept. */
  valueOf(item: Element): { readonly value: T } | undefined {
    const slot = this.#slotAt(this.holderOf(item));
    return slot !== undefined && "value" in slot ? slot : undefined;
  }

  /** The element that held an item's value. */
  holderOf(item: Element): Element {
    return this.#registers.value.get(keyOf(item)) ?? item;
  }

  /** When a register of an item was written last; 0 for never. */
  timeOf(item: Element, register: Register): number {
    return this.#registers[register].get(keyOf(item))?.time ?? 0;
  }

  #isRemoved({ replica, seq }: Element): boolean {
    return this.#past.removed[replica]!.has(seq);
  }

  #readRecords(): void {
    const { log, replicas } = this.#sequence;
    for (let replica = 0; replica < replicas.size; replica++)
      for (let place = 0; place < log.runCount(replica); place++) {
        const run = log.run(replica, place);
        if (log.kind(run) > INSERT_LEFT) continue;
        const end = Math.min(log.last(run) + 1, this.#past.seen[replica]!);
        for (let seq = log.seq(run); seq < end; seq++) this.#read({ replica, seq });
      }
  }

  #read(element: Element): void {
    const slot = this.#slotAt(element);
    if (slot === undefined || isItem(slot)) return;
    const replica = this.#sequence.replicas.find(slot.item.replica)!;
    const item = { replica, seq: slot.item.seq };
    const register = this.#registers[slot.kind === "moved" ? "place" : "value"];
    const before = register.get(keyOf(item));
    if (slot.kind === "moved") this.#movedTo.set(keyOf(element), item);
    const latest = { ...element, time: slot.time };
    if (before === undefined || isNewer(this.#sequence, latest, before)) register.set(keyOf(item), latest);
  }

  #slotAt({ replica, seq }: Element): Slot<T> | undefined {
    return this.#slots.peek(replica, this.#sequence.log.contentOf(replica, seq));
  }
}

/** What stood in a list then. */
export function valuesAt<T>(sequence: Sequence, past: ItemsAt<T>): T[] {
  return stepsBetween(sequence, undefined, past).flatMap(({ inserted }) => inserted);
}

/** The steps from one past of a list, or from nothing, to another. */
export function stepsBetween<T>(
  { tree }: Sequence,
  before: ItemsAt<T> | undefined,
  after: ItemsAt<T>,
): readonly Step<T[]>[] {
  const steps = new Steps<T[]>([], joined);
  if (tree.isEmpty) return [];
  let index = 0;
  tree.toStart();
  do {
    const { replica, seq: first, size } = tree;
    for (let seq = first; seq < first + size; seq++) {
      const [was, is] = [before?.itemAt({ replica, seq }), after.itemAt({ replica, seq })];
      const value = is && after.valueOf(is);
      const known = was && before?.valueOf(was);
      const same = value && known && keyOf(before!.holderOf(was!)) === keyOf(after.holderOf(is!));
      if (known && !same) steps.removed(index, 1);
      if (value && !same) steps.inserted(index, [value.value]);
      if (value) index++;
    }
  } while (tree.nextSpan());
  return steps.take();
}

/** Appends to the first, which nobody else has seen yet. */
function joined<T>(first: T[], second: T[]): T[] {
  if (first.length === 0) return second;
  for (const value of second) first.push(value);
  return first;
}
