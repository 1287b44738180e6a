import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { grown, noUnits } from "../sequence/columns.ts";
import { PlainContent } from "../sequence/content.ts";
import type { ShownContent } from "../sequence/watch.ts";

/**
 * Stands where a code unit was removed for good. A low surrogate without its high one occurs in no well-formed text,
 * so the store needs no second column to tell gone from there.
 */
const GONE = 0xdc00;

const isHigh = (unit: number | undefined): boolean => unit !== undefined && unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number | undefined): boolean => unit !== undefined && unit >= 0xdc00 && unit < 0xe000;

/** The UTF-16 code units that each replica inserted, in one growing column per replica. */
export class Units extends PlainContent implements ShownContent<string> {
  readonly tag: number = 1;
  readonly nothing = "";
  readonly #columns: Uint16Array[] = [];
  readonly #lengths: number[] = [];
  #stage: Uint16Array = noUnits;
  #staged = 0;
  /** Whether any surrogate pair was ever here or on the stage: most texts have none and are spared the looking. */
  #mayCut = false;

  get mayCut(): boolean {
    return this.#mayCut;
  }

  get staged(): number {
    return this.#staged;
  }

  /** Appends local text, which must be well-formed. */
  append(replica: number, text: string): void {
    const at = this.#extend(replica, text.length);
    const column = this.#columns[replica]!;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (isHigh(unit)) this.#mayCut = true;
      column[at + i] = unit;
    }
  }

  join(first: string, second: string): string {
    return first + second;
  }

  read(replica: number, from: number, to: number): string {
    return unitsToString(this.#columns[replica]!.subarray(from, to));
  }

  /** How many entries a replica has. */
  protected count(replica: number): number {
    return this.#lengths[replica] ?? 0;
  }

  /** Copies units to `target` from `at` on. */
  copyTo(target: Uint16Array, at: number, replica: number, from: number, to: number): void {
    const column = this.#columns[replica]!;
    // A view costs more than a few units one by one.
    if (to - from < 24) for (let i = from; i < to; i++) target[at + i - from] = column[i]!;
    else target.set(column.subarray(from, to), at);
  }

  stage(reader: Reader, count: number): number {
    // A code unit takes at least one byte, so a false count cannot ask for much room.
    reader.expect(count);
    const at = this.#staged;
    this.#stage = grown(this.#stage, at + count);
    if (reader.units(this.#stage, at, count)) this.#mayCut = true;
    this.#staged += count;
    return at;
  }

  stageDropped(count: number): number {
    const at = this.#staged;
    this.#stage = grown(this.#stage, at + count);
    this.#stage.fill(GONE, at, at + count);
    this.#staged += count;
    return at;
  }

  commit(replica: number, stagedAt: number, count: number): void {
    const at = this.#extend(replica, count);
    const column = this.#columns[replica]!;
    const stage = this.#stage;
    if (count < 24) for (let i = 0; i < count; i++) column[at + i] = stage[stagedAt + i]!;
    else column.set(stage.subarray(stagedAt, stagedAt + count), at);
  }

  commitDropped(replica: number, count: number): void {
    const at = this.#extend(replica, count);
    this.#columns[replica]!.fill(GONE, at, at + count);
  }

  unstage(length: number): void {
    this.#staged = length;
    if (length === 0 && this.#stage.length > 1 << 16) this.#stage = noUnits;
  }

  matches(replica: number, at: number, stagedAt: number, count: number): boolean {
    const column = this.#columns[replica]!;
    for (let i = 0; i < count; i++) {
      const here = column[at + i]!;
      const there = this.#stage[stagedAt + i]!;
      if (here !== there && !isGone(column, at + i) && !isGone(this.#stage, stagedAt + i)) return false;
    }
    return true;
  }

  write(writer: Writer, replica: number, from: number, to: number): void {
    writer.units(this.#columns[replica]!, from, to);
  }

  stretch(replica: number, at: number, count: number): number {
    const column = this.#columns[replica]!;
    const gone = isGone(column, at);
    let end = at + 1;
    while (end < at + count && isGone(column, end) === gone) end++;
    return end - at;
  }

  isDropped(replica: number, at: number): boolean {
    return isGone(this.#columns[replica]!, at);
  }

  drop(replica: number, at: number, count: number): void {
    const column = this.#columns[replica]!;
    if (count < 24) for (let i = 0; i < count; i++) column[at + i] = GONE;
    else column.fill(GONE, at, at + count);
  }

  fill(replica: number, at: number, reader: Reader, count: number): void {
    if (reader.units(this.#columns[replica]!, at, count)) this.#mayCut = true;
  }

  splits(replica: number, at: number): boolean {
    const column = this.#columns[replica]!;
    return isLow(column[at]) && at > 0 && isHigh(column[at - 1]);
  }

  splitsStaged(at: number): boolean {
    return isLow(this.#stage[at]) && isHigh(this.#stage[at - 1]);
  }

  #extend(replica: number, count: number): number {
    while (this.#columns.length <= replica) {
      this.#columns.push(new Uint16Array(8));
      this.#lengths.push(0);
    }
    const at = this.#lengths[replica]!;
    this.#lengths[replica] = at + count;
    if (at + count > this.#columns[replica]!.length)
      this.#columns[replica] = grown(this.#columns[replica]!, at + count);
    return at;
  }
}

const utf16 = new TextDecoder("utf-16le", { ignoreBOM: true });

export function unitsToString(units: Uint16Array): string {
  return utf16.decode(units);
}

function isGone(units: Uint16Array, at: number): boolean {
  return units[at] === GONE && (at === 0 || !isHigh(units[at - 1]));
}
