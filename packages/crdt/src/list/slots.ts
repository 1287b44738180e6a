import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidUpdateError } from "../errors.ts";
import { type Codec, checkedCodec } from "../kernel/codec.ts";
import { TIME_MAX } from "../registers/lww-register.ts";
import type { ElementId } from "../sequence/content.ts";
import { Values } from "./values.ts";

/** What an element of a movable list holds: a new item at this place, an item that moved here, or an item's new value. */
export type Slot<T> = Item<T> | Moved | Replaced<T> | Outdated;

export type Item<T> = New<T> | Emptied;

/** `"kept"` is what a forgetting laid down anew. */
export interface New<T> {
  readonly kind: "new" | "kept";
  readonly value: T;
}

/** A kept item whose value was replaced since. */
export interface Emptied {
  readonly kind: "emptied";
}

export interface Moved {
  readonly kind: "moved";
  readonly item: ElementId;
  /** Counts the movements of the item. */
  readonly time: number;
}

/** Never seen: it has a place in no list. */
export interface Replaced<T> {
  readonly kind: "replaced";
  readonly item: ElementId;
  readonly time: number;
  readonly value: T;
}

/** What is left of a `Replaced` that lost, where a document may still have to tell what was when. */
export interface Outdated {
  readonly kind: "outdated";
  readonly item: ElementId;
  readonly time: number;
}

const kinds = ["new", "moved", "replaced", "outdated", "kept", "emptied"] as const;

export function isItem<T>(slot: Slot<T> | undefined): slot is Item<T> {
  return slot !== undefined && !("item" in slot);
}

function isHidden(slot: Slot<unknown> | undefined): boolean {
  return slot?.kind === "replaced" || slot?.kind === "outdated";
}

/** The slots that each replica inserted. */
export class Slots<T> extends Values<Slot<T>> {
  override readonly tag = 3;
  override readonly plain = false;

  constructor(codec: Codec<T>) {
    super(slotCodec(checkedCodec(codec)));
  }

  override references(stagedAt: number, count: number): readonly ElementId[] {
    const references: ElementId[] = [];
    for (let at = stagedAt; at < stagedAt + count; at++) {
      const slot = this.peekStaged(at);
      if (slot === undefined || slot.kind === "new") continue;
      if (!("item" in slot)) throw new InvalidUpdateError("it has an item that only a forgetting lays down");
      references.push(slot.item);
    }
    return references;
  }

  override hides(replica: number, at: number): boolean {
    return isHidden(this.peek(replica, at));
  }

  override hidesStaged(at: number): boolean {
    return isHidden(this.peekStaged(at));
  }

  /** Of an item that moved the element that inserted it is removed, and with it all places. */
  override removable(replica: number, at: number): boolean {
    const slot = this.peek(replica, at);
    return slot === undefined || isItem(slot);
  }

  override removableStaged(at: number): boolean {
    const slot = this.peekStaged(at);
    return slot === undefined || isItem(slot);
  }

  /** What lacks its value is equal to any that has one. */
  protected override equal(a: Slot<T>, b: Slot<T>): boolean {
    const bare = a.kind !== b.kind;
    return super.equal(bare ? withoutValue(a) : a, bare ? withoutValue(b) : b);
  }
}

/** All of a slot but the value. */
export function withoutValue<T>(slot: Slot<T>): Slot<T> {
  if (slot.kind === "replaced") return { kind: "outdated", item: slot.item, time: slot.time };
  return slot.kind === "kept" ? { kind: "emptied" } : slot;
}

function slotCodec<T>(codec: Codec<T>): Codec<Slot<T>> {
  return {
    write(writer, slot) {
      writer.byte(kinds.indexOf(slot.kind));
      if ("item" in slot) writeRecord(writer, slot);
      if ("value" in slot) codec.write(writer, slot.value);
    },
    read(reader) {
      const kind = kinds[reader.byte()];
      if (kind === undefined) throw new CorruptBytesError("a slot is of unknown kind");
      if (kind === "emptied") return { kind };
      if (kind === "new" || kind === "kept") return { kind, value: codec.read(reader) };
      const record = readRecord(reader);
      return kind === "replaced" ? { kind, ...record, value: codec.read(reader) } : { kind, ...record };
    },
  };
}

function writeRecord(
  writer: Writer,
  { item, time }: { readonly item: ElementId; readonly time: number },
): void {
  writer.text(item.replica);
  writer.uint(item.seq);
  writer.uint(time);
}

function readRecord(reader: Reader): { item: ElementId; time: number } {
  const item = { replica: reader.text(), seq: reader.uint() };
  const time = reader.uint();
  if (time === 0 || time > TIME_MAX) throw new CorruptBytesError("a time is out of range");
  return { item, time };
}
