import type { SharedRecord } from "../gen/groups.ts";

/** A record of a group that was in the journal when it was opened. */
export interface Found {
  readonly sequence: number;
  readonly records: readonly Uint8Array[];
}

/** Where a record stands that is not durable yet. */
const nowhere = Number.POSITIVE_INFINITY;

/** What of the shared journal is one group's: which of its records are needed, and where in the journal they stand. */
export class Part {
  readonly group: string;
  /** The number of the first record that is needed. */
  #first = 1;
  /** Where it and all after it stand. */
  #positions: number[] = [];
  /** All records before this number are durable. */
  #durable = 1;
  /** The number of the word that everything before it is void; 0 when there is none. */
  #destroyedAt = 0;
  /** At start: the records, by their numbers, where they stand, and their contents while memory allows. */
  #found: Map<number, { readonly position: number; readonly records: readonly Uint8Array[] }> | null = null;
  #isHeld = true;
  /** How often the group was opened again in a process in which it had been open, ever. */
  reopened = 0;
  /** Whether it was open in this process. */
  wasOpen = false;

  constructor(group: string) {
    this.group = group;
  }

  get first(): number {
    return this.#first;
  }

  /** The number of the next record. */
  get next(): number {
    return this.#first + this.#positions.length;
  }

  get durable(): number {
    return this.#durable;
  }

  get isEmpty(): boolean {
    return this.#positions.length === 0 || this.isDestroyed;
  }

  /** Destroyed, and not begun anew since. */
  get isDestroyed(): boolean {
    return this.#destroyedAt > 0 && this.#destroyedAt === this.next - 1;
  }

  /** Where in the journal the oldest needed record stands. The first is not always the oldest: it may have been moved. */
  get oldest(): number {
    let oldest = nowhere;
    for (const position of this.#positions) oldest = Math.min(oldest, position);
    return oldest;
  }

  /** Takes a record at start, in the journal's order: one that was written again comes twice, and late. */
  found({ sequence, records, destroyed, reopened }: SharedRecord, position: number, hold: boolean): void {
    this.reopened = Math.max(this.reopened, reopened);
    if (destroyed) {
      this.#found = null;
      this.#destroyedAt = sequence;
    }
    this.#found ??= new Map();
    if (!hold) this.#isHeld = false;
    this.#found.set(sequence, { position, records: hold ? records : [] });
  }

  /** The start is over: what counts is the unbroken run of numbers that ends with the last. */
  settle(): void {
    const found = this.#found;
    if (found === null) return;
    const last = Math.max(...found.keys());
    let first = last;
    while (found.has(first - 1) && first - 1 !== this.#destroyedAt) first--;
    const positions: number[] = [];
    for (let sequence = first; sequence <= last; sequence++) positions.push(found.get(sequence)!.position);
    this.#restart(first, positions);
    this.#durable = last + 1;
    if (this.isDestroyed || !this.#isHeld) this.#found = null;
  }

  #restart(first: number, positions: number[]): void {
    this.#first = first;
    this.#positions = positions;
  }

  /** What was found at start, once, in order; undefined when it must be read from the journal. */
  takeFound(): Found[] | undefined {
    const found = this.#found;
    this.#found = null;
    if (found === null) return undefined;
    const taken: Found[] = [];
    for (let sequence = this.#first; found.has(sequence); sequence++)
      taken.push({ sequence, records: found.get(sequence)!.records });
    return taken;
  }

  /** A number for a record that is about to be written. */
  number(): number {
    // The word of the end is not part of the next life.
    if (this.isDestroyed) this.trim(this.next);
    this.#positions.push(nowhere);
    return this.next - 1;
  }

  /** Everything is void from the record on whose number this returns. */
  destroy(): number {
    this.#restart(this.next, [nowhere]);
    this.#destroyedAt = this.#first;
    this.#found = null;
    return this.#first;
  }

  /** A record is durable at `position`. */
  placed(sequence: number, position: number): void {
    this.#durable = Math.max(this.#durable, sequence + 1);
    if (sequence >= this.#first && sequence < this.next) this.#positions[sequence - this.#first] = position;
  }

  /** Where a needed record stands; undefined when it is not needed. */
  position(sequence: number): number | undefined {
    return this.#positions[sequence - this.#first];
  }

  /** Whether a record is needed and its latest copy stands between `from` and `to`. */
  isAt(sequence: number, from: number, to: number): boolean {
    const position = this.position(sequence);
    return position !== undefined && position >= from && position < to;
  }

  /** Records before this number are not needed. */
  trim(sequence: number): void {
    const count = Math.min(sequence, this.next) - this.#first;
    if (count <= 0) return;
    this.#restart(this.#first + count, this.#positions.slice(count));
  }
}
