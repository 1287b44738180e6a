import { check, wordAt } from "../bytes/check.ts";
import { kind } from "../bytes/kind.ts";
import { writeInteger } from "../bytes/writer.ts";
import { TooLargeError } from "../errors.ts";
import { assertReplicaId, type ReplicaId, replicaIdBytes, replicasMax } from "../replica.ts";

/** Below this many ids a scan is faster than a hash table. */
const scanMax = 8;

/**
 * The interned replica ids of one or more vectors: sorted, distinct, never changed. Vectors over the same roster
 * keep their counters in the same order, so that comparing and merging them never looks at an id.
 */
export class Roster {
  /** For this package alone: what leaves it are the `listed()` ones. */
  readonly ids: readonly ReplicaId[];
  #slots: Map<ReplicaId, number> | undefined;
  #header: Header | undefined;
  #words: Int32Array | undefined;

  /** The ids must be valid, sorted and distinct; `header` is their encoding, when it is at hand. */
  constructor(ids: readonly ReplicaId[], header?: Uint8Array) {
    if (ids.length > replicasMax) {
      throw new TooLargeError(
        `A vector names at most ${replicasMax} replicas; this one would name ${ids.length}.`,
      );
    }
    this.ids = ids;
    if (header !== undefined) this.#header = sealed(header);
  }

  /** The ids for anybody. Frozen: who changed them would change every vector over this roster. */
  listed(): readonly ReplicaId[] {
    return Object.freeze(this.ids);
  }

  /** Where an id's counter stands, or -1. */
  slot(id: ReplicaId): number {
    const ids = this.ids;
    if (ids.length <= scanMax) {
      for (let i = 0; i < ids.length; i++) if (ids[i] === id) return i;
      return -1;
    }
    if (this.#slots === undefined) {
      this.#slots = new Map();
      for (let i = 0; i < ids.length; i++) this.#slots.set(ids[i]!, i);
    }
    return this.#slots.get(id) ?? -1;
  }

  /** Where an id that is not in the roster would have to stand. */
  insertionPoint(id: ReplicaId): number {
    let low = 0;
    let high = this.ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A roster with one id more, at its insertion point. */
  with(id: ReplicaId, at: number): Roster {
    assertReplicaId(id);
    const ids = this.ids.slice();
    ids.splice(at, 0, id);
    return new Roster(ids);
  }

  /** The part of a vector's encoding that the ids alone determine, made once. */
  header(): Header {
    this.#header ??= headerOf(this.ids);
    return this.#header;
  }

  /** The header four bytes by four, without the rest: what a header that comes in is compared with. */
  words(): Int32Array {
    this.#words ??= wordsOf(this.header().bytes);
    return this.#words;
  }
}

/** Kind, number of entries and ids, as a vector's encoding begins, and the check over them. */
export interface Header {
  readonly bytes: Uint8Array;
  readonly check: number;
}

function headerOf(ids: readonly ReplicaId[]): Header {
  const encoded = ids.map(replicaIdBytes);
  const size = encoded.reduce((sum, id) => sum + 1 + id.length, 1 + 8);
  const bytes = new Uint8Array(size);
  bytes[0] = kind.versionVector;
  let at = writeInteger(bytes, 1, ids.length);
  for (const id of encoded) {
    bytes[at++] = id.length;
    bytes.set(id, at);
    at += id.length;
  }
  return sealed(bytes.slice(0, at));
}

function sealed(bytes: Uint8Array): Header {
  return { bytes, check: check(bytes, 0, bytes.length) };
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const words = new Int32Array(bytes.length >>> 2);
  for (let i = 0; i < words.length; i++) words[i] = wordAt(bytes, i * 4);
  return words;
}

/** The roster of the empty vector. */
export const nobody: Roster = new Roster([]);
