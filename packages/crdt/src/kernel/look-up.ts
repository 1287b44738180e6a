import type { Key } from "./codec.ts";

/** How many keys that only the map has are passed over to find the next one asked for. */
const SKIPS = 4;

/**
 * Looks keys up that come in order. A map that was read stands in that order too, so mostly the next key of the map is the
 * one that is asked for, and its hash need not be.
 */
export class LookUp<K extends Key, V> {
  readonly #map: ReadonlyMap<K, V>;
  readonly #entries: Iterator<[K, V], undefined>;
  #next: [K, V] | undefined;

  constructor(map: ReadonlyMap<K, V>) {
    this.#map = map;
    this.#entries = map.entries();
    this.#next = this.#entries.next().value;
  }

  get(key: K): V | undefined {
    for (let skipped = 0; skipped < SKIPS && this.#next !== undefined && this.#next[0] < key; skipped++)
      this.#next = this.#entries.next().value;
    if (this.#next?.[0] !== key) return this.#map.get(key);
    const [, value] = this.#next;
    this.#next = this.#entries.next().value;
    return value;
  }
}
