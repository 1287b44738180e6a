import type { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { type Codec, checkedCodec } from "../kernel/codec.ts";
import { PlainContent } from "../sequence/content.ts";
import type { ShownContent } from "../sequence/watch.ts";

/** Stands where a value was removed for good. */
const GONE: unique symbol = Symbol("gone");

/** The values that each replica inserted. */
export class Values<T> extends PlainContent implements ShownContent<T[]> {
  readonly tag: number = 2;
  readonly mayCut = false;
  readonly #codec: Codec<T>;
  readonly #columns: (T | typeof GONE)[][] = [];
  readonly #stage: (T | typeof GONE)[] = [];

  constructor(codec: Codec<T>) {
    super();
    this.#codec = checkedCodec(codec);
  }

  get nothing(): T[] {
    return [];
  }

  get staged(): number {
    return this.#stage.length;
  }

  append(replica: number, values: readonly T[]): void {
    const column = this.#column(replica);
    for (const value of values) column.push(value);
  }

  /** Appends to the first, which nobody else has seen yet. */
  join(first: T[], second: T[]): T[] {
    if (first.length === 0) return second;
    for (const value of second) first.push(value);
    return first;
  }

  read(replica: number, from: number, to: number): T[] {
    return this.#columns[replica]!.slice(from, to) as T[];
  }

  /** The value of an entry, or undefined when it is gone. */
  peek(replica: number, at: number): T | undefined {
    const value = this.#columns[replica]![at]!;
    return value === GONE ? undefined : (value as T);
  }

  /** The same of what is staged. */
  peekStaged(at: number): T | undefined {
    const value = this.#stage[at]!;
    return value === GONE ? undefined : (value as T);
  }

  /** A value that is there. */
  get(replica: number, at: number): T {
    return this.#columns[replica]![at] as T;
  }

  /** Puts another value in the place of one. */
  put(replica: number, at: number, value: T): void {
    this.#columns[replica]![at] = value;
  }

  stage(reader: Reader, count: number): number {
    reader.expect(count);
    const at = this.#stage.length;
    for (let i = 0; i < count; i++) this.#stage.push(this.#codec.read(reader));
    return at;
  }

  stageDropped(count: number): number {
    const at = this.#stage.length;
    for (let i = 0; i < count; i++) this.#stage.push(GONE);
    return at;
  }

  commit(replica: number, stagedAt: number, count: number): void {
    const column = this.#column(replica);
    for (let i = 0; i < count; i++) column.push(this.#stage[stagedAt + i]!);
  }

  commitDropped(replica: number, count: number): void {
    const column = this.#column(replica);
    for (let i = 0; i < count; i++) column.push(GONE);
  }

  unstage(length: number): void {
    this.#stage.length = length;
  }

  matches(replica: number, at: number, stagedAt: number, count: number): boolean {
    const column = this.#columns[replica]!;
    for (let i = 0; i < count; i++) {
      const here = column[at + i]!;
      const there = this.#stage[stagedAt + i]!;
      if (here !== GONE && there !== GONE && !this.equal(here, there)) return false;
    }
    return true;
  }

  write(writer: Writer, replica: number, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#codec.write(writer, this.get(replica, at));
  }

  stretch(replica: number, at: number, count: number): number {
    const gone = this.isDropped(replica, at);
    let end = at + 1;
    while (end < at + count && this.isDropped(replica, end) === gone) end++;
    return end - at;
  }

  isDropped(replica: number, at: number): boolean {
    return this.#columns[replica]![at] === GONE;
  }

  drop(replica: number, at: number, count: number): void {
    this.#columns[replica]!.fill(GONE, at, at + count);
  }

  fill(replica: number, at: number, reader: Reader, count: number): void {
    for (let i = 0; i < count; i++) this.#columns[replica]![at + i] = this.#codec.read(reader);
  }

  splits(): boolean {
    return false;
  }

  splitsStaged(): boolean {
    return false;
  }

  #column(replica: number): (T | typeof GONE)[] {
    while (this.#columns.length <= replica) this.#columns.push([]);
    return this.#columns[replica]!;
  }

  /** Values are equal when they are written alike. */
  protected equal(a: T, b: T): boolean {
    if (a === b) return true;
    const [one, two] = [a, b].map((value) => {
      const writer = new Writer();
      this.#codec.write(writer, value);
      return writer.bytes();
    }) as [Uint8Array, Uint8Array];
    return one.length === two.length && one.every((byte, at) => byte === two[at]);
  }
}
