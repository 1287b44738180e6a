/**
 * A rolling digest of what happened in a world: two equal runs have equal digests. 64 bits in two lanes, so that two
 * different runs of a few million events do not agree by chance.
 */
export class Digest {
  #a = 0x9e3779b9;
  #b = 0x243f6a88;
  readonly #bits = new DataView(new ArrayBuffer(8));

  /** Mixes a 32-bit number in. */
  mix(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x85ebca6b);
    this.#a ^= this.#a >>> 15;
    this.#b = Math.imul(((this.#b << 13) | (this.#b >>> 19)) ^ value, 0xc2b2ae35);
  }

  /** Mixes in every bit of a number. */
  mixNumber(value: number): void {
    this.#bits.setFloat64(0, value);
    this.mix(this.#bits.getInt32(0));
    this.mix(this.#bits.getInt32(4));
  }

  /** The first lane alone: enough to find the first event at which two runs part. */
  get low(): number {
    return this.#a >>> 0;
  }

  toString(): string {
    return (this.#a >>> 0).toString(16).padStart(8, "0") + (this.#b >>> 0).toString(16).padStart(8, "0");
  }
}

/** FNV-1a over bytes. */
export function hashBytes(bytes: Uint8Array): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return h | 0;
}

/** FNV-1a over UTF-16 code units. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h | 0;
}
