import type { Timeline } from "./timeline.ts";

/**
 * Which operations have been linearized, as bits. Everything before `first`, the first required operation that
 * is missing, is in; everything called after `first` returned is out: only the window between needs to be
 * stored to tell two configurations apart.
 */
export class Configuration {
  readonly required: Int32Array;
  readonly optional: Int32Array;
  /** The first required operation not linearized; the number of them when all are. */
  first = 0;
  /** A 32-bit fingerprint of `required`. */
  fingerprint = 0;
  readonly #timeline: Timeline;
  readonly #fingerprints: Int32Array;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.required = new Int32Array((timeline.required + 31) >>> 5);
    this.optional = new Int32Array((timeline.spans.length - timeline.required + 31) >>> 5);
    this.#fingerprints = Int32Array.from({ length: timeline.required }, (_, i) => avalanche(i + 1));
  }

  has(operation: number): boolean {
    const required = this.#timeline.required;
    return operation < required
      ? bit(this.required, operation) !== 0
      : bit(this.optional, operation - required) !== 0;
  }

  add(operation: number): void {
    const required = this.#timeline.required;
    if (operation >= required) {
      flip(this.optional, operation - required);
      return;
    }
    flip(this.required, operation);
    this.fingerprint ^= this.#fingerprints[operation]!;
    while (this.first < required && bit(this.required, this.first) !== 0) this.first++;
  }

  delete(operation: number): void {
    const required = this.#timeline.required;
    if (operation >= required) {
      flip(this.optional, operation - required);
      return;
    }
    flip(this.required, operation);
    this.fingerprint ^= this.#fingerprints[operation]!;
    if (operation < this.first) this.first = operation;
  }
}

function bit(bits: Int32Array, index: number): number {
  return bits[index >>> 5]! & (1 << (index & 31));
}

function flip(bits: Int32Array, index: number): void {
  bits[index >>> 5]! ^= 1 << (index & 31);
}

/** Murmur3's finalizer: near numbers to far fingerprints (Zobrist hashing needs independent bits). */
function avalanche(n: number): number {
  let h = Math.imul(n, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
