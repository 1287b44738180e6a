/** Numbers in a full piece of a column. The last piece grows up to that: an idle group takes little. */
const pieceBits = 12;
const pieceLength = 2 ** pieceBits;
const firstLength = 64;
const offsetMax = 2 ** 32 - 1;

/** Numbers, each as its distance from a base: in four bytes as long as all of them fit, else in eight. */
interface Piece {
  readonly base: number;
  readonly offsets: Uint32Array | Float64Array;
}

/**
 * A long list of whole numbers that grows behind and is forgotten in front. Four bytes each where neighbours are near
 * each other, outside the heap, in pieces, so that neither growing nor forgetting copies the whole and nothing of it is
 * ever scanned for garbage.
 */
export class Column {
  readonly #pieces: Piece[] = [];
  /** Numbers of the first piece that are forgotten. */
  #skipped = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const to = this.#skipped + this.#length;
    const at = to & (pieceLength - 1);
    const { base, offsets } = this.#pieceFor(to >>> pieceBits, at, value);
    offsets[at] = value - base;
    this.#length++;
  }

  /** The piece of that number, with room for `value` at `at` of it. */
  #pieceFor(number: number, at: number, value: number): Piece {
    const piece = this.#pieces[number] ?? { base: value, offsets: new Uint32Array(0) };
    const { base, offsets } = piece;
    const distance = value - base;
    const fits = offsets instanceof Float64Array || (distance >= 0 && distance <= offsetMax);
    if (fits && at < offsets.length) return piece;
    const least = number > 0 ? pieceLength : Math.min(pieceLength, Math.max(firstLength, at * 2));
    const length = Math.max(offsets.length, least);
    const grown = fits && offsets instanceof Uint32Array ? new Uint32Array(length) : new Float64Array(length);
    grown.set(offsets);
    const room = { base, offsets: grown };
    this.#pieces[number] = room;
    return room;
  }

  /** The number at `at`, counted from the first that is kept. */
  at(at: number): number {
    const from = at + this.#skipped;
    const { base, offsets } = this.#pieces[from >>> pieceBits]!;
    return base + offsets[from & (pieceLength - 1)]!;
  }

  /** Keeps the first `length` numbers. */
  truncate(length: number): void {
    this.#length = length;
    this.#pieces.length = Math.min(
      this.#pieces.length,
      Math.ceil((this.#skipped + this.#length) / pieceLength),
    );
  }

  /** Forgets the first `count` numbers. */
  dropFront(count: number): void {
    this.#skipped += count;
    this.#length -= count;
    const whole = Math.min(this.#skipped >>> pieceBits, this.#pieces.length);
    if (whole === 0) return;
    this.#pieces.splice(0, whole);
    this.#skipped -= whole * pieceLength;
  }
}
