/** From here in the journal on, the entries from `index` on stand in order. */
export interface Place {
  readonly index: number;
  readonly position: number;
}

/** Entries, and bytes of journal, that may lie between two places that are known. */
const entriesBetween = 256;
const bytesBetween = 65_536;

/**
 * Where in the journal the entries stand: of every few hundred one, and wherever the log was written anew. Ascending in
 * index and position.
 */
export class EntryPlaces {
  #places: Place[] = [];
  /** Entries at which the log was written anew: what stands behind the place before one is void from it on. */
  #rewritten: number[] = [];
  #next = 0;

  /** Entries from `index` up to `last` were written at `position` or behind it: earlier places of theirs are void. */
  note(index: number, last: number, position: number): void {
    const follows = index === this.#next;
    this.#next = last + 1;
    if (!follows) this.#rewrite(index);
    const before = this.#places.at(-1);
    const near =
      before !== undefined &&
      index < before.index + entriesBetween &&
      position < before.position + bytesBetween;
    if (!follows || !near) this.#places.push({ index, position });
  }

  #rewrite(index: number): void {
    while ((this.#places.at(-1)?.index ?? -1) >= index) this.#places.pop();
    while ((this.#rewritten.at(-1) ?? -1) >= index) this.#rewritten.pop();
    this.#rewritten.push(index);
  }

  /**
   * The last known place at or before an entry, and the last entry that stands in order from there; undefined when the
   * entry is not in the journal.
   */
  locate(index: number): { readonly position: number; readonly last: number } | undefined {
    const places = this.#places;
    if (index >= this.#next || places.length === 0 || places[0]!.index > index) return undefined;
    let low = 0;
    let high = places.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (places[middle]!.index <= index) low = middle;
      else high = middle - 1;
    }
    const end = this.#rewritten.find((rewritten) => rewritten > index) ?? this.#next;
    return { position: places[low]!.position, last: end - 1 };
  }

  /** Entries before `index` are not wanted any more. Answers the position from which on the others stand, if there are any. */
  forgetBefore(index: number): number | undefined {
    const places = this.#places;
    let count = 0;
    while (count + 1 < places.length && places[count + 1]!.index <= index) count++;
    if (count > 0) this.#places = places.slice(count);
    this.#rewritten = this.#rewritten.filter((rewritten) => rewritten > index);
    return this.#places[0]?.position;
  }

  clear(): void {
    this.#places = [];
    this.#rewritten = [];
    this.#next = 0;
  }
}
