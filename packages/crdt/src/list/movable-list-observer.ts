import type { Changes } from "../sequence/changes.ts";
import type { Sequence, SequenceObserver } from "../sequence/sequence.ts";
import type { Element, Items } from "./items.ts";
import { isItem } from "./slots.ts";

/**
 * Follows what happens to the sequence of a movable list: writes the records that come into their registers, hides the
 * places that lose, and tells of what is seen of all that.
 */
export class MovableListObserver<T> implements SequenceObserver {
  readonly #sequence: Sequence;
  readonly #items: Items<T>;
  readonly #changes: Changes<readonly T[]>;
  /** Where removed items stood, for undo; kept only while edits are recorded. */
  readonly #graves = new Map<string, Element>();
  /** Elements whose item has not come yet, in the middle of an update. Nobody was told of them so far. */
  #early: Element[] = [];
  #hiding = false;
  #telling = true;

  constructor(sequence: Sequence, items: Items<T>, changes: Changes<readonly T[]>) {
    this.#sequence = sequence;
    this.#items = items;
    this.#changes = changes;
  }

  /** The place of an item before it was removed. */
  graveOf(item: Element): Element {
    return this.#graves.get(keyOf(item)) ?? item;
  }

  inserted(replica: number, seq: number, size: number): void {
    const left: Element[] = [];
    for (let i = 0; i < size; i++) {
      const element = { replica, seq: seq + i };
      const slot = this.#items.slotAt(element)!;
      if (slot.kind !== "moved") continue;
      if (this.#items.find(slot.item) === undefined) {
        this.#early.push(element);
        continue;
      }
      const before = this.#items.settle(element, slot);
      if (before === undefined) this.#hide(element, false);
      else left.push(before);
    }
    for (let i = 0; i < size; i++) this.#tellOf({ replica, seq: seq + i });
    for (const before of left) this.#hide(before, true);
  }

  committed(): void {
    if (this.#early.length === 0) return;
    const early = this.#early;
    this.#early = [];
    for (const [at, { replica, seq }] of early.entries()) {
      // Those that are yet to be told of do not count in the indexes of events.
      this.#early = early.slice(at + 1);
      if (this.#items.slotAt({ replica, seq })?.kind === "moved") this.inserted(replica, seq, 1);
      else this.insertedHidden(replica, seq, 1);
    }
  }

  insertedHidden(replica: number, seq: number, size: number): void {
    for (let i = 0; i < size; i++) {
      const element = { replica, seq: seq + i };
      const slot = this.#items.slotAt(element);
      if (slot?.kind !== "replaced") continue;
      const item = this.#items.find(slot.item);
      if (item === undefined) this.#early.push(element);
      if (item === undefined || this.#items.settle(element, slot) === undefined) continue;
      const { heard, steps } = this.#changes;
      if (!heard) continue;
      const index = this.#indexOf(this.#items.placeOf(item));
      if (index === undefined) continue;
      steps.removed(index, 1);
      steps.inserted(index, [slot.value]);
    }
  }

  removing(replica: number, seq: number, size: number): void {
    const { heard, steps } = this.#changes;
    if (heard && this.#telling) steps.removed(this.#shown(this.#sequence.tree.index()), size);
    if (this.#hiding) return;
    for (let i = 0; i < size; i++) {
      const item = { replica, seq: seq + i };
      if (this.#items.has(item)) this.#removed(item);
    }
  }

  /** Items that stand elsewhere than where they were inserted are removed. */
  removingHidden(replica: number, seq: number, size: number): void {
    if (this.#hiding) return;
    for (let i = 0; i < size; i++) {
      const item = { replica, seq: seq + i };
      if (this.#items.has(item)) this.#hide(this.#removed(item), true);
    }
  }

  /** Records the removal of an item and forgets it; returns where it stood. */
  #removed(item: Element): Element {
    const { recorded, recorders } = this.#changes;
    if (recorded) {
      const value = this.#items.valueOf(item);
      for (const recorder of recorders) recorder.removing(item.replica, item.seq, 1, [value]);
      this.#graves.set(keyOf(item), this.#items.placeOf(item));
    }
    return this.#items.remove(item);
  }

  /** Tells of an element that came and is seen. */
  #tellOf(element: Element): void {
    const { heard, recorded, recorders, steps } = this.#changes;
    const slot = this.#items.slotAt(element);
    if (slot === undefined || this.#early.some((early) => keyOf(early) === keyOf(element))) return;
    if (recorded && isItem(slot))
      for (const recorder of recorders) recorder.inserted(element.replica, element.seq, 1);
    if (!heard) return;
    const index = this.#indexOf(element);
    if (index !== undefined) steps.inserted(index, [this.#items.valueOf(this.#items.itemAt(element))]);
  }

  #indexOf({ replica, seq }: Element): number | undefined {
    const index = this.#sequence.indexOf(replica, seq);
    return index && this.#shown(index);
  }

  /** An index as listeners count: without the elements that they were not told of. The cursor stays. */
  #shown(index: number): number {
    if (this.#early.length === 0) return index;
    const { tree } = this.#sequence;
    const { leaf, slot, offset } = tree;
    let before = 0;
    for (const early of this.#early) {
      const at = this.#sequence.indexOf(early.replica, early.seq);
      if (at !== undefined && at < index) before++;
    }
    Object.assign(tree, { leaf, slot, offset });
    return index - before;
  }

  #hide({ replica, seq }: Element, telling: boolean): void {
    this.#hiding = true;
    this.#telling = telling;
    this.#sequence.hide(replica, seq, 1);
    this.#hiding = false;
    this.#telling = true;
  }
}

function keyOf({ replica, seq }: Element): string {
  return `${replica} ${seq}`;
}
