/** Smaller than most writes' multiples and larger than most records: what a page of the simulated disk holds. */
const pageBytes = 4096;
const emptyPage: Uint8Array = new Uint8Array(pageBytes);

/** Whether there is nothing but zeros. */
export function areZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += pageBytes) {
    const part = bytes.subarray(at, at + pageBytes);
    if (Buffer.compare(part, emptyPage.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}

/**
 * A growable array of bytes that keeps only the pages which hold something: a journal's preallocated segments are
 * mostly zeros, and a world has dozens of them.
 */
export class SparseBytes {
  length = 0;
  readonly #pages = new Map<number, Uint8Array>();

  read(position: number, length: number): Uint8Array {
    const end = Math.min(this.length, position + length);
    const result = new Uint8Array(Math.max(0, end - position));
    this.#eachPage(position, end, (page, offset, from, to) => {
      const bytes = this.#pages.get(page);
      if (bytes) result.set(bytes.subarray(offset, offset + to - from), from);
    });
    return result;
  }

  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    this.#eachPage(position, end, (page, offset, from, to) => {
      const part = bytes.subarray(from, to);
      let target = this.#pages.get(page);
      if (target === undefined) {
        if (Buffer.compare(part, emptyPage.subarray(0, part.length)) === 0) return;
        target = new Uint8Array(pageBytes);
        this.#pages.set(page, target);
      }
      target.set(part, offset);
    });
    if (end > this.length) this.length = end;
  }

  /** Writes zeros: whole pages of them are dropped. */
  clear(position: number, length: number): void {
    const end = position + length;
    if (this.#pages.size > 0)
      this.#eachPage(position, end, (page, offset, from, to) => {
        if (to - from === pageBytes) this.#pages.delete(page);
        else this.#pages.get(page)?.fill(0, offset, offset + to - from);
      });
    if (end > this.length) this.length = end;
  }

  truncate(length: number): void {
    if (length < this.length) {
      const edge = Math.floor(length / pageBytes);
      for (const page of this.#pages.keys()) if (page > edge) this.#pages.delete(page);
      this.#pages.get(edge)?.fill(0, length - edge * pageBytes);
    }
    this.length = length;
  }

  /** Turns one bit round. */
  flip(position: number, bit: number): void {
    const byte = this.read(position, 1);
    byte[0]! ^= 1 << (bit & 7);
    this.write(position, byte);
  }

  copy(): SparseBytes {
    const twin = new SparseBytes();
    twin.length = this.length;
    for (const [page, bytes] of this.#pages) twin.#pages.set(page, bytes.slice());
    return twin;
  }

  /** Positions of pages that hold something, in order. */
  used(): number[] {
    return [...this.#pages.keys()].sort((a, b) => a - b).map((page) => page * pageBytes);
  }

  #eachPage(
    start: number,
    end: number,
    visit: (page: number, offset: number, from: number, to: number) => void,
  ): void {
    let at = start;
    while (at < end) {
      const page = Math.floor(at / pageBytes);
      const offset = at - page * pageBytes;
      const stop = Math.min(end, (page + 1) * pageBytes);
      visit(page, offset, at - start, stop - start);
      at = stop;
    }
  }
}
