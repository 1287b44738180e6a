/** Bits, written from the highest of each byte down, as the paper's `n:b` notation reads. */
export class BitWriter {
  #bytes: number[] = [];
  #free = 0;

  /** Writes the lowest `width` bits of a safe integer. */
  write(value: number, width: number): void {
    for (let bit = width - 1; bit >= 0; bit--) {
      if (this.#free === 0) {
        this.#bytes.push(0);
        this.#free = 8;
      }
      this.#free--;
      // Not a shift: values have up to 53 bits.
      if (Math.floor(value / 2 ** bit) % 2 === 1) this.#bytes[this.#bytes.length - 1]! |= 1 << this.#free;
    }
  }

  /** The bytes so far, the last one filled up with zeros. */
  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Reads what `BitWriter` wrote. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `width` bits as a number; undefined when there are not that many. */
  read(width: number): number | undefined {
    if (this.#at + width > this.#bytes.length * 8) return undefined;
    let value = 0;
    for (let i = 0; i < width; i++, this.#at++) {
      value = value * 2 + ((this.#bytes[this.#at >> 3]! >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** Whether nothing is left but the zeros that fill up the last byte. */
  get isFinished(): boolean {
    const left = this.#bytes.length * 8 - this.#at;
    return left < 8 && this.read(left) === 0;
  }
}
