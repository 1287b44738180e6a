import { checkVersion, told } from "../arguments.ts";
import { HistoryNotKeptError, InvalidArgumentError, InvalidUpdateError } from "../errors.ts";
import type { Codec } from "../kernel/codec.ts";
import { takeIn } from "../kernel/writable.ts";
import { Changes, type Step, Steps } from "../sequence/changes.ts";
import type { ElementId } from "../sequence/content.ts";
import {
  type Compression,
  type EncodeOptions,
  Engine,
  limitsOf,
  type SequenceLimits,
} from "../sequence/engine.ts";
import { INSERT_RIGHT, REMOVE_FORWARD, ROOT } from "../sequence/log.ts";
import { checkSequenceOptions } from "../sequence/options.ts";
import { pastOf } from "../sequence/past.ts";
import { type Editable, EngineReplica, type Replicated } from "../sequence/replicated.ts";
import { type Undo, type Undoable, UndoHistory } from "../sequence/undo.ts";
import type { Version } from "../sequence/version.ts";
import { type Element, Items, type Keeps } from "./items.ts";
import { ItemsAt, stepsBetween, valuesAt } from "./items-at.ts";
import type { InsertsAll, ListOptions } from "./list.ts";
import { MovableListObserver } from "./movable-list-observer.ts";
import { isItem, type Slot, Slots } from "./slots.ts";

export interface MovableListOptions extends ListOptions {
  /** Keep removed and replaced values and all places, for `at` and `diff`. Default false: `at` and `diff` are refused. */
  readonly history?: boolean;
}

/** What a document asks of its movable lists besides. */
export interface PartOptions extends MovableListOptions {
  /** Keep of each place and value that lost what item it was of, and when. */
  readonly records?: boolean;
}

/**
 * A list whose items move and are replaced and stay the same items: cards on a board, layers, tasks by priority. Where
 * an item stands is a last-writer-wins register, so an item that two replicas move at once ends in one of the two places,
 * and never in both; what it holds is another, so moving and replacing do not disturb each other (Kleppmann, "Moving
 * Elements in List CRDTs", 2020). The places themselves are elements of the list's sequence, which no other list needs
 * to know of: an item that moves leaves its old place behind, unseen. A removal wins over whatever is done concurrently.
 */
export interface MovableList<T> extends Replicated, Editable<readonly T[]>, Iterable<T> {
  /** What stood here at a version. O(n). Throws UnknownVersionError, and HistoryNotKeptError without the option `history`. */
  at(version: Version): readonly T[];
  /** The steps from one version to another, whichever is the earlier. O(n). Throws as `at` does. */
  diff(before: Version, after: Version): readonly Step<readonly T[]>[];
  /** Inserts values before `index`, as new items. O(log n). Throws as the list's does, and is bounded as it is. */
  insert(index: number, ...values: readonly T[]): void;
  push(...values: readonly T[]): void;
  /** Removes `count` items from `index` on. Throws InvalidArgumentError. */
  remove(index: number, count?: number): void;
  /** Moves the item at `from`, so that it stands at `to` afterwards. O(log n). Throws InvalidArgumentError. */
  move(from: number, to: number): void;
  /** Replaces what the item at an index holds. O(log n). Throws InvalidArgumentError. */
  set(index: number, value: T): void;
  /** The value at an index; undefined outside. O(log n). */
  get(index: number): T | undefined;
  toArray(): T[];
  /** Names the item at an index, wherever it moves; undefined outside. */
  itemAt(index: number): ElementId | undefined;
  /** Where an item stands now; undefined when it was removed or is not known here yet. O(log n). */
  indexOfItem(item: ElementId): number | undefined;
}

/** An empty movable list of the codec's values. */
export function createMovableList<T>(codec: Codec<T>, options: PartOptions): MovableList<T> {
  checkSequenceOptions(options, "records");
  const limits = limitsOf(options);
  const slots = new Slots(codec);
  const engine = Engine.create(options.replica, slots, limits);
  return new EngineMovableList(engine, slots, codec, limits, keptBy(options));
}

/** A movable list from the bytes of `encode`. Throws CorruptBytesError, InvalidUpdateError or LimitExceededError. */
export function decodeMovableList<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
  options: PartOptions & { readonly compression?: Compression },
): MovableList<T> {
  checkSequenceOptions(options, "records");
  const limits = limitsOf(options);
  const slots = new Slots(codec);
  const engine = Engine.decode(bytes, options.replica, slots, limits, options.compression);
  return new EngineMovableList(engine, slots, codec, limits, keptBy(options));
}

function keptBy({ history, records }: PartOptions): Keeps {
  if (history) return "everything";
  return records ? "records" : "nothing";
}

class EngineMovableList<T> extends EngineReplica<readonly T[]> implements MovableList<T>, InsertsAll {
  readonly #slots: Slots<T>;
  readonly #codec: Codec<T>;
  readonly #limits: SequenceLimits;
  readonly #items: Items<T>;
  readonly #observer: MovableListObserver<T>;
  readonly #keeps: Keeps;

  constructor(engine: Engine, slots: Slots<T>, codec: Codec<T>, limits: SequenceLimits, keeps: Keeps) {
    const join = (first: readonly T[], second: readonly T[]): readonly T[] => [...first, ...second];
    const changes = new Changes<readonly T[]>(new Steps<readonly T[]>([], join), () => {});
    super(() => ({ engine, changes }));
    this.#slots = slots;
    this.#codec = codec;
    this.#limits = limits;
    this.#keeps = keeps;
    this.#items = new Items(engine.sequence, slots, keeps);
    this.#observer = new MovableListObserver(engine.sequence, this.#items, this.changes);
    this.#readRecords();
    engine.sequence.observer = this.#observer;
  }

  /** Where the items of a document stand and what they hold is told by its records. */
  #readRecords(): void {
    const { sequence } = this.engine;
    this.#items.readRemovals();
    const emptied: Element[] = [];
    let there = 0;
    this.#items.eachSlot((element, slot) => {
      if (slot.kind === "emptied") emptied.push(element);
      if (isItem(slot)) {
        if (this.#items.has(element)) there++;
        return;
      }
      if (this.#items.find(slot.item) === undefined)
        throw new InvalidUpdateError("it speaks of an item that was never there");
      if (slot.kind !== "moved") sequence.hide(element.replica, element.seq, 1);
      if (slot.kind === "outdated") return;
      const before = this.#items.settle(element, slot);
      if (slot.kind === "replaced") return;
      const lost = before ?? element;
      sequence.hide(lost.replica, lost.seq, 1);
    });
    // What lost is hidden by now, so each element that is seen is the place of an item that is there.
    if (there !== sequence.length) throw new InvalidUpdateError("an item that is there is not seen");
    if (emptied.some((item) => !this.#items.hasValue(item)))
      throw new InvalidUpdateError("an item lacks its value");
  }

  /** With all that is kept: a place that is not seen may still hold an item's value. */
  override encode({ compression }: EncodeOptions = {}): Uint8Array {
    return this.engine.encode({ history: true, ...(compression && { compression }) });
  }

  insert(index: number, ...values: readonly T[]): void {
    this.insertAll(index, values);
  }

  insertAll(index: number, values: readonly T[]): void {
    this.checkRange(index, index);
    if (values.length === 0) return;
    this.#append(values.map((value) => ({ kind: "new", value })));
    this.engine.sequence.insertAt(this.engine.self, index, values.length);
    this.changes.flush("local");
  }

  push(...values: readonly T[]): void {
    this.insertAll(this.length, values);
  }

  remove(index: number, count = 1): void {
    this.checkStretch(index, count);
    const { sequence, self } = this.engine;
    this.engine.admit(count, 0, Number.POSITIVE_INFINITY);
    this.transact(() => {
      for (let i = 0; i < count; i++) {
        const { replica, seq } = this.#itemAt(index);
        sequence.removeRun(self, 1, REMOVE_FORWARD, replica, seq);
      }
    });
  }

  move(from: number, to: number): void {
    this.checkStretch(from, 1);
    this.checkStretch(to, 1);
    if (from === to) return;
    this.#place(this.#itemAt(from), (self) =>
      this.engine.sequence.insertAt(self, from < to ? to + 1 : to, 1),
    );
  }

  set(index: number, value: T): void {
    this.checkStretch(index, 1);
    this.#replace(this.#itemAt(index), value);
  }

  get(index: number): T | undefined {
    return this.#isInside(index) ? this.#items.valueOf(this.#itemAt(index)) : undefined;
  }

  toArray(): T[] {
    const { tree } = this.engine.sequence;
    const array: T[] = [];
    tree.visit(0, tree.length, (replica, seq, size) => {
      for (let i = 0; i < size; i++)
        array.push(this.#items.valueOf(this.#items.itemAt({ replica, seq: seq + i })));
    });
    return array;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.toArray()[Symbol.iterator]();
  }

  itemAt(index: number): ElementId | undefined {
    return this.#isInside(index) ? this.#idOf(this.#itemAt(index)) : undefined;
  }

  indexOfItem(id: ElementId): number | undefined {
    if (id === null || typeof id !== "object")
      throw new InvalidArgumentError(`An item is what itemAt gives, not ${told(id)}.`);
    const item = this.#items.find(id);
    return item && this.#indexOf(item);
  }

  at(version: Version): readonly T[] {
    return valuesAt(this.engine.sequence, this.#pastAt(version));
  }

  diff(before: Version, after: Version): readonly Step<readonly T[]>[] {
    return stepsBetween(this.engine.sequence, this.#pastAt(before), this.#pastAt(after));
  }

  trackUndo({ stepsMax = 256 }: { readonly stepsMax?: number } = {}): Undo {
    const { sequence, self } = this.engine;
    const undoable: Undoable<readonly T[]> = {
      sequence,
      transact: (edits) => this.transact(edits),
      insertBehind: (replica, seq, values) => {
        this.#append(values.map((value) => ({ kind: "new", value })));
        const grave = this.#observer.graveOf({ replica, seq });
        sequence.insertBehind(self, values.length, grave.replica, grave.seq);
        this.changes.flush("local");
      },
      remove: (index, count) => this.remove(index, count),
      indexOf: (replica, seq) => this.#indexOf({ replica, seq }),
    };
    return new UndoHistory(undoable, self, stepsMax, (recorder) => this.changes.record(recorder));
  }

  /** Puts an item where the given insertion inserts, and records how to put it back. */
  #place(item: Element, insert: (self: number) => void): void {
    const before = this.#items.placeOf(item);
    const time = this.#items.nextTime(item, "moved");
    this.#append([{ kind: "moved", item: this.#idOf(item), time }]);
    insert(this.engine.self);
    for (const recorder of this.changes.recorders)
      recorder.done((heirOf) => {
        const heir = this.#heir(item, heirOf);
        if (!this.#items.has(heir)) return;
        this.#place(heir, (self) => this.engine.sequence.insertBehind(self, 1, before.replica, before.seq));
      });
    this.changes.flush("local");
  }

  #replace(item: Element, value: T): void {
    const before = this.#items.valueOf(item);
    const time = this.#items.nextTime(item, "replaced");
    this.#append([{ kind: "replaced", item: this.#idOf(item), time, value }]);
    this.engine.sequence.insertUnder(this.engine.self, 1, INSERT_RIGHT, ROOT, 0, true);
    for (const recorder of this.changes.recorders)
      recorder.done((heirOf) => {
        const heir = this.#heir(item, heirOf);
        if (this.#items.has(heir)) this.#replace(heir, before);
      });
    this.changes.flush("local");
  }

  #heir(
    { replica, seq }: Element,
    heirOf: (replica: number, seq: number) => readonly [number, number],
  ): Element {
    const [heir, place] = heirOf(replica, seq);
    return { replica: heir, seq: place };
  }

  #append(slots: readonly Slot<T>[]): void {
    const taken = slots.map((slot) =>
      "value" in slot ? { ...slot, value: takeIn(this.#codec, slot.value) } : slot,
    );
    for (const slot of slots)
      if ("time" in slot && !Number.isSafeInteger(slot.time))
        throw new InvalidArgumentError("The item was moved or replaced too often.");
    this.engine.admit(slots.length, slots.length, this.#limits.elementsMax);
    this.#slots.append(this.engine.self, taken);
  }

  #pastAt(version: Version): ItemsAt<T> {
    if (this.#keeps !== "everything") throw new HistoryNotKeptError("This movable list keeps no history.");
    checkVersion(version);
    const { sequence } = this.engine;
    return new ItemsAt(sequence, this.#slots, pastOf(sequence, version));
  }

  #isInside(index: number): boolean {
    return Number.isSafeInteger(index) && index >= 0 && index < this.length;
  }

  /** The item at an index that is inside. */
  #itemAt(index: number): Element {
    const { tree } = this.engine.sequence;
    tree.seekBefore(index);
    return this.#items.itemAt({ replica: tree.replica, seq: tree.seq + tree.offset });
  }

  #indexOf(item: Element): number | undefined {
    if (!this.#items.has(item)) return undefined;
    const { replica, seq } = this.#items.placeOf(item);
    return this.engine.sequence.indexOf(replica, seq);
  }

  #idOf({ replica, seq }: Element): ElementId {
    return { replica: this.engine.sequence.replicas.id(replica), seq };
  }
}
