import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError } from "../errors.ts";
import type { Codec } from "../kernel/codec.ts";
import { TIME_MAX } from "../registers/lww-register.ts";
import type { ElementId } from "../sequence/content.ts";
import { Values } from "./values.ts";

/** What an element of a movable list holds: a new item at this place, an item that moved here, or an item's new value. */
export type Slot<T> = New<T> | Moved | Replaced<T>;

export interface New<T> {
  readonly kind: "new";
  readonly value: T;
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

const kinds = ["new", "moved", "replaced"] as const;

/** The slots that each replica inserted. */
export class Slots<T> extends Values<Slot<T>> {
  override readonly tag = 3;
  override readonly plain = false;

  constructor(codec: Codec<T>) {
    super(slotCodec(codec));
  }

  override references(stagedAt: number, count: number): readonly ElementId[] {
    const references: ElementId[] = [];
    for (let at = stagedAt; at < stagedAt + count; at++) {
      const slot = this.peekStaged(at);
      if (slot !== undefined && slot.kind !== "new") references.push(slot.item);
    }
    return references;
  }

  override hides(replica: number, at: number): boolean {
    return this.peek(replica, at)?.kind === "replaced";
  }

  override hidesStaged(at: number): boolean {
    return this.peekStaged(at)?.kind === "replaced";
  }
}

function slotCodec<T>(codec: Codec<T>): Codec<Slot<T>> {
  return {
    write(writer, slot) {
      writer.byte(kinds.indexOf(slot.kind));
      if (slot.kind !== "new") writeRecord(writer, slot);
      if (slot.kind !== "moved") codec.write(writer, slot.value);
    },
    read(reader) {
      const kind = kinds[reader.byte()];
      if (kind === undefined) throw new CorruptBytesError("a slot is of unknown kind");
      if (kind === "new") return { kind, value: codec.read(reader) };
      const record = readRecord(reader);
      return kind === "moved" ? { kind, ...record } : { kind, ...record, value: codec.read(reader) };
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
