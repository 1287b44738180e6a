/** Numbers in a full piece of a column. The last piece grows up to that: an idle group takes little. */
const pieceLength = 4_096;
const pieceBits = 12;
const firstLength = 64;

/**
 * A long list of numbers that grows behind and is forgotten in front. Eight bytes each, outside the heap, in pieces, so
 * that neither growing nor forgetting copies the whole and nothing of it is ever scanned for garbage.
 */
export class Column {
  readonly #pieces: Float64Array[] = [];
  /** Numbers of the first piece that are forgotten. */
  #skipped = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const to = this.#skipped + this.#length;
    this.#pieceFor(to >>> pieceBits, to & (pieceLength - 1))[to & (pieceLength - 1)] = value;
    this.#length++;
  }

  /** The piece of that number, with room for the number at `at` of it. */
  #pieceFor(number: number, at: number): Float64Array {
    const piece = this.#pieces[number];
    if (piece !== undefined && at < piece.length) return piece;
    const length = number > 0 ? pieceLength : Math.min(pieceLength, Math.max(firstLength, at * 2));
    const grown = new Float64Array(length);
    if (piece !== undefined) grown.set(piece);
    this.#pieces[number] = grown;
    return grown;
  }

  /** The number at `at`, counted from the first that is kept. */
  at(at: number): number {
    const from = at + this.#skipped;
    return this.#pieces[from >>> pieceBits]![from & (pieceLength - 1)]!;
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
    const whole = Math.min(Math.floor(this.#skipped / pieceLength), this.#pieces.length);
    if (whole === 0) return;
    this.#pieces.splice(0, whole);
    this.#skipped -= whole * pieceLength;
  }
}
