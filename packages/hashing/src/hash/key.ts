import { InvalidKeyError, InvalidOptionError } from "../errors.ts";
import { murmur3Bytes, murmur3Integer, murmur3String } from "./murmur3.ts";

/**
 * What can be placed. A string is read as its UTF-8 bytes, so `"a"` and `Uint8Array.of(97)` are the same key; a
 * safe integer is read as an int64, so `1` and `"1"` are different keys.
 */
export type Key = string | Uint8Array | number;

/**
 * A 32-bit hash function. Results must be the same in every process that shares a placement, and spread evenly
 * over 0 .. 2^32 - 1. Bring a keyed one (SipHash, say) where strangers choose the keys.
 */
export interface HashFunction {
  /** Names the function in the fingerprint: two functions that differ must not share a name. */
  readonly name: string;
  bytes(bytes: Uint8Array, seed: number): number;
  /** A faster way to the hash of the string's UTF-8 bytes. Must give what `bytes` gives. */
  string?(text: string, seed: number): number;
  /** A faster way to the hash of a safe integer's eight little-endian bytes. Must give what `bytes` gives. */
  integer?(value: number, seed: number): number;
}

/** How keys and nodes become hashes. Processes that share a placement must agree on both. */
export interface HashOptions {
  /** Default: `murmur3`. */
  readonly hash?: HashFunction | undefined;
  /**
   * 0 .. 2^32 - 1, default 0. Two tiers that place the same keys (a cache before a store) should differ in it, or
   * one node of the second tier sees the keys of one node of the first only.
   */
  readonly seed?: number | undefined;
}

/** MurmurHash3_x86_32, the default. Fast and even, but not keyed: who knows it can aim keys at one node. */
export const murmur3: HashFunction = {
  name: "murmur3-32",
  bytes: (bytes, seed) => murmur3Bytes(bytes, seed) >>> 0,
  string: (text, seed) => murmur3String(text, seed) >>> 0,
  integer: (value, seed) => murmur3Integer(value, seed) >>> 0,
};

const encoder = new TextEncoder();

function integerBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return bytes;
}

/** A hash function with its seed: from keys to hashes. */
export class KeyHash {
  /** Names function and seed, as they stand in fingerprints. */
  readonly name: string;
  readonly #seed: number;
  readonly #bytes: (bytes: Uint8Array, seed: number) => number;
  readonly #string: (text: string, seed: number) => number;
  readonly #integer: (value: number, seed: number) => number;

  constructor(options: HashOptions) {
    if (typeof options !== "object" || options === null) {
      throw new InvalidOptionError(
        `Options are an object, not ${options === null ? "null" : typeof options}.`,
      );
    }
    const hash = options.hash ?? murmur3;
    const seed = options.seed ?? 0;
    if (typeof hash.name !== "string" || hash.name === "" || typeof hash.bytes !== "function") {
      throw new InvalidOptionError(
        "hash must be a HashFunction: an object with a name and a bytes() method.",
      );
    }
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new InvalidOptionError(`seed must be an integer from 0 to 2^32 - 1, not ${seed}.`);
    }
    this.name = `${hash.name},seed=${seed}`;
    this.#seed = seed;
    this.#bytes = hash === murmur3 ? murmur3Bytes : (bytes, seed) => hash.bytes(bytes, seed);
    this.#string = hash === murmur3 ? murmur3String : textHash(hash);
    this.#integer = hash === murmur3 ? murmur3Integer : integerHash(hash);
  }

  /** The key's hash: an integer from 0 to 2^32 - 1. */
  of(key: Key): number {
    return this.bits(key) >>> 0;
  }

  /** The same 32 bits as a signed integer: what lookups go by, as it is never boxed. */
  bits(key: Key): number {
    if (typeof key === "string") return this.#string(key, this.#seed) | 0;
    if (typeof key === "number" && Number.isSafeInteger(key)) return this.#integer(key, this.#seed) | 0;
    if (key instanceof Uint8Array) return this.#bytes(key, this.#seed) | 0;
    const what = typeof key === "number" ? String(key) : key === null ? "null" : typeof key;
    throw new InvalidKeyError(`A key is a string, a Uint8Array or a safe integer, not ${what}.`);
  }

  /** One more hash of a string, independent of `of`: nodes need 64 bits between them. */
  also(text: string, salt: number): number {
    return this.#string(text, this.#seed ^ salt) >>> 0;
  }
}

function textHash(hash: HashFunction): (text: string, seed: number) => number {
  if (hash.string !== undefined) return (text, seed) => hash.string!(text, seed);
  return (text, seed) => hash.bytes(encoder.encode(text), seed);
}

function integerHash(hash: HashFunction): (value: number, seed: number) => number {
  if (hash.integer !== undefined) return (value, seed) => hash.integer!(value, seed);
  return (value, seed) => hash.bytes(integerBytes(value), seed);
}
