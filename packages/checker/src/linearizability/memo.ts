import type { Configuration } from "./configuration.ts";
import type { Timeline } from "./timeline.ts";

// An entry in the arena: the offset of the next one in its bucket, hash, state, first, then the window's words.
const NEXT = 0;
const HASH = 1;
const STATE = 2;
const FIRST = 3;
const WORDS = 4;

// Small at first: a history may have very many parts, most of them easy.
const ARENA_WORDS = 1 << 6;
const BUCKETS = 1 << 4;

/**
 * The configurations and states that the search has been in (Lowe 2017: the memo is what makes the
 * search of Wing and Gong bearable). A chained hash table whose entries lie one behind the other in one array
 * of 32-bit words: no object per entry, and about thirty bytes each.
 *
 * One entry covers another when required operations and state are equal and its optional operations are a
 * subset: with fewer of them used up, whatever the other could still do it can do too.
 */
export class Memo {
  readonly #timeline: Timeline;
  #arena = new Int32Array(ARENA_WORDS);
  #buckets = new Int32Array(BUCKETS);
  // Offset 0 means none, so that fresh buckets need no filling.
  #used = 1;
  #entries = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** How much memory it holds. */
  get bytes(): number {
    return this.#arena.byteLength + this.#buckets.byteLength;
  }

  /** Remembers where the search is; false when a place that covers it was remembered already. */
  add(configuration: Configuration, state: number): boolean {
    const { first, required, optional } = configuration;
    const from = first >>> 5;
    const to = (this.#timeline.requiredBefore[first]! + 31) >>> 5;
    const optionalTo = (this.#timeline.optionalBefore[first]! + 31) >>> 5;
    const hash = Math.imul(configuration.fingerprint ^ Math.imul(state + 1, 0x9e3779b1), 0x85ebca6b);
    const bucket = (hash ^ (hash >>> 15)) & (this.#buckets.length - 1);

    for (let entry = this.#buckets[bucket]!; entry !== 0; entry = this.#arena[entry + NEXT]!) {
      if (
        this.#arena[entry + HASH] === hash &&
        this.#arena[entry + STATE] === state &&
        this.#arena[entry + FIRST] === first &&
        this.#covers(entry + WORDS, required, from, to, optional, optionalTo)
      ) {
        return false;
      }
    }
    this.#insert(bucket, hash, state, first, required.subarray(from, to), optional.subarray(0, optionalTo));
    return true;
  }

  #covers(
    at: number,
    required: Int32Array,
    from: number,
    to: number,
    optional: Int32Array,
    optionalTo: number,
  ): boolean {
    let word = at;
    for (let i = from; i < to; i++) if (this.#arena[word++] !== required[i]) return false;
    for (let i = 0; i < optionalTo; i++) if ((this.#arena[word++]! & ~optional[i]!) !== 0) return false;
    return true;
  }

  #insert(
    bucket: number,
    hash: number,
    state: number,
    first: number,
    required: Int32Array,
    optional: Int32Array,
  ): void {
    const entry = this.#used;
    const after = entry + WORDS + required.length + optional.length;
    if (after > this.#arena.length) this.#growArena(after);
    const arena = this.#arena;
    arena[entry + NEXT] = this.#buckets[bucket]!;
    arena[entry + HASH] = hash;
    arena[entry + STATE] = state;
    arena[entry + FIRST] = first;
    arena.set(required, entry + WORDS);
    arena.set(optional, entry + WORDS + required.length);
    this.#buckets[bucket] = entry;
    this.#used = after;
    if (++this.#entries > this.#buckets.length) this.#growBuckets();
  }

  #growArena(needed: number): void {
    const grown = new Int32Array(Math.max(needed, this.#arena.length * 2));
    grown.set(this.#arena.subarray(0, this.#used));
    this.#arena = grown;
  }

  #growBuckets(): void {
    const old = this.#buckets;
    this.#buckets = new Int32Array(old.length * 4);
    const mask = this.#buckets.length - 1;
    for (const head of old) {
      for (let entry = head, next = 0; entry !== 0; entry = next) {
        next = this.#arena[entry + NEXT]!;
        const hash = this.#arena[entry + HASH]!;
        const bucket = (hash ^ (hash >>> 15)) & mask;
        this.#arena[entry + NEXT] = this.#buckets[bucket]!;
        this.#buckets[bucket] = entry;
      }
    }
  }
}
