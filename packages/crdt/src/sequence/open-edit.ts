/** What an open edit does. One element that was removed can be the first of more on either side. */
const NOTHING = 0;
const INSERTS = 1;
const REMOVES_ONE = 2;
const REMOVES_FORWARD = 3;
const REMOVES_BACKWARD = 4;

/** Longest open edit: it bounds what is left to do for the first who looks. */
const SIZE_MAX = 1 << 16;

/**
 * The last local edit as long as it may go on, as typing, backspacing and deleting forwards do: of a hundred keystrokes
 * some ninety-five only go on. Those are compared and counted here, and the sequence enters them as one edit before it
 * lets anybody see the tree or the log.
 */
export class OpenEdit {
  replica = 0;
  /** The visible index at which it inserts, or of the first element that it removes. */
  index = 0;
  size = 0;
  #does = NOTHING;
  #sizeMax = 0;
  /** How many elements there were from the first removed one on. */
  #behind = 0;

  get inserts(): boolean {
    return this.#does === INSERTS;
  }

  get backward(): boolean {
    return this.#does === REMOVES_BACKWARD;
  }

  /** By how much it lengthens the sequence. */
  get growth(): number {
    return this.#does === INSERTS ? this.size : -this.size;
  }

  /** Begins an insertion, which may go on to `sizeMax` elements. */
  insert(replica: number, index: number, size: number, sizeMax: number): void {
    this.#begin(INSERTS, replica, index, size, sizeMax);
  }

  /** Begins a removal, which may go on to `sizeMax` elements; `behind` of them stand from `index` on. */
  remove(replica: number, index: number, size: number, sizeMax: number, behind: number): void {
    this.#begin(size === 1 ? REMOVES_ONE : REMOVES_FORWARD, replica, index, size, sizeMax);
    this.#behind = behind;
  }

  /** Goes on with inserting; false, and unchanged, when this is nothing that goes on. */
  insertOn(index: number, size: number): boolean {
    if (index !== this.index + this.size || this.#does !== INSERTS || this.size + size > this.#sizeMax)
      return false;
    this.size += size;
    return true;
  }

  /** Goes on with removing the element at an index; false, and unchanged, when this is nothing that goes on. */
  removeOn(index: number): boolean {
    const does = index === this.index ? REMOVES_FORWARD : REMOVES_BACKWARD;
    const isNext =
      does === REMOVES_FORWARD ? this.size < this.#behind : index === this.index - 1 && index >= 0;
    if (!isNext || (this.#does !== does && this.#does !== REMOVES_ONE) || this.size >= this.#sizeMax)
      return false;
    this.#does = does;
    this.index = index;
    this.size++;
    return true;
  }

  close(): void {
    this.size = 0;
    this.#does = NOTHING;
  }

  #begin(does: number, replica: number, index: number, size: number, sizeMax: number): void {
    this.#does = does;
    this.replica = replica;
    this.index = index;
    this.size = size;
    this.#sizeMax = Math.min(sizeMax, SIZE_MAX);
  }
}
