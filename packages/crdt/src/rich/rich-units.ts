import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import type { ElementId } from "../sequence/content.ts";
import { Units } from "../text/units.ts";
import { type Anchor, MARK, type Mark, mark } from "./mark.ts";

/** A mark that is applied: its writer, and its place among what the writer inserted, break ties of equal times. */
export interface AppliedMark extends Mark {
  readonly replica: number;
  readonly at: number;
}

/** Text and, as elements that are never seen, the marks on it. */
export class RichUnits extends Units {
  override readonly tag = 4;
  override readonly plain = false;
  readonly marks: AppliedMark[] = [];
  readonly #byReplica: Map<number, AppliedMark>[] = [];
  readonly #onStage = new Map<number, Mark>();
  /** By replica id, the elements that a border stands right behind, in order. */
  readonly #bordersAfter = new Map<string, number[]>();

  /** The latest time of any mark. At 1 stands what a forgetting keeps. */
  latest = 1;

  appendMark(replica: number, made: Mark): void {
    this.#commitMark(replica, made);
  }

  /** The last element of `[from, to)` with a border right behind it, if there is one. */
  borderAfter(replica: string, from: number, to: number): number | undefined {
    return this.#bordersAfter.get(replica)?.findLast((seq) => seq >= from && seq < to);
  }

  get hasBordersAfter(): boolean {
    return this.#bordersAfter.size > 0;
  }

  override stage(reader: Reader, count: number): number {
    if (count !== 1 || reader.peek() !== MARK) return super.stage(reader, count);
    const read = mark.read(reader);
    const at = super.stageDropped(1);
    this.#onStage.set(at, read);
    return at;
  }

  override unstage(length: number): void {
    super.unstage(length);
    for (const at of this.#onStage.keys()) if (at >= length) this.#onStage.delete(at);
  }

  override commit(replica: number, stagedAt: number, count: number): void {
    const staged = count === 1 ? this.#onStage.get(stagedAt) : undefined;
    if (staged === undefined) super.commit(replica, stagedAt, count);
    else this.#commitMark(replica, staged);
  }

  override matches(replica: number, at: number, stagedAt: number, count: number): boolean {
    for (let i = 0; i < count; i++) {
      const [here, there] = [this.markAt(replica, at + i), this.#onStage.get(stagedAt + i)];
      if (here && there ? !isSame(here, there) : here !== there) return false;
    }
    return super.matches(replica, at, stagedAt, count);
  }

  override write(writer: Writer, replica: number, from: number, to: number): void {
    const made = this.markAt(replica, from);
    if (made) mark.write(writer, made);
    else super.write(writer, replica, from, to);
  }

  override isDropped(replica: number, at: number): boolean {
    return this.markAt(replica, at) === undefined && super.isDropped(replica, at);
  }

  override stretch(replica: number, at: number, count: number): number {
    return this.markAt(replica, at) ? 1 : super.stretch(replica, at, count);
  }

  override references(stagedAt: number, count: number): readonly ElementId[] {
    const staged = count === 1 ? this.#onStage.get(stagedAt) : undefined;
    return staged ? elementsOf(staged) : [];
  }

  override hides(replica: number, at: number): boolean {
    return this.markAt(replica, at) !== undefined;
  }

  override hidesStaged(at: number): boolean {
    return this.#onStage.has(at);
  }

  override removable(replica: number, at: number): boolean {
    return !this.hides(replica, at);
  }

  override removableStaged(at: number): boolean {
    return !this.hidesStaged(at);
  }

  /** The mark that an entry is, if it is one. */
  markAt(replica: number, at: number): AppliedMark | undefined {
    return this.#byReplica[replica]?.get(at);
  }

  #commitMark(replica: number, made: Mark): void {
    const applied = { ...made, replica, at: this.count(replica) };
    super.commitDropped(replica, 1);
    while (this.#byReplica.length <= replica) this.#byReplica.push(new Map());
    this.#byReplica[replica]!.set(applied.at, applied);
    this.marks.push(applied);
    this.latest = Math.max(this.latest, made.time);
    for (const { side, element } of [made.start, made.end])
      if (side === "after" && element !== undefined) this.#addBorder(element);
  }

  #addBorder({ replica, seq }: ElementId): void {
    const borders = this.#bordersAfter.get(replica) ?? [];
    this.#bordersAfter.set(replica, borders);
    const at = borders.findIndex((border) => border >= seq);
    if (at < 0) borders.push(seq);
    else if (borders[at] !== seq) borders.splice(at, 0, seq);
  }
}

/** The elements that a mark speaks of. */
export function elementsOf({ start, end }: Mark): readonly ElementId[] {
  return [start.element, end.element].filter((element) => element !== undefined);
}

function isSame(a: Mark, b: Mark): boolean {
  return (
    a.name === b.name &&
    a.value === b.value &&
    a.time === b.time &&
    isSameAnchor(a.start, b.start) &&
    isSameAnchor(a.end, b.end)
  );
}

function isSameAnchor(a: Anchor, b: Anchor): boolean {
  return a.side === b.side && a.element?.replica === b.element?.replica && a.element?.seq === b.element?.seq;
}
