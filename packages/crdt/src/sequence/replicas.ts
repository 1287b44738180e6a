import { told } from "../arguments.ts";
import { Writer } from "../bytes/writer.ts";
import { InvalidArgumentError, LimitExceededError } from "../errors.ts";

/** Longest replica id, in UTF-16 units. */
export const REPLICA_ID_UNITS_MAX = 128;

/** Whether well-formed text, as all is that was decoded, can be a replica id. */
export function isReplicaId(text: string): boolean {
  return text.length > 0 && text.length <= REPLICA_ID_UNITS_MAX;
}

/** Compares replicas, given by their indexes, in the order that all of them agree on. */
export type CompareReplicas = (a: number, b: number) => number;

/** Refuses a replica id that is empty, too long, or not well-formed text. */
export function checkReplicaId(id: string): void {
  if (typeof id !== "string" || !isReplicaId(id) || !id.isWellFormed())
    throw new InvalidArgumentError(
      `A replica id must be well-formed text of 1 to ${REPLICA_ID_UNITS_MAX} units; got ${told(id)}.`,
    );
}

/** What ids are written with: the bytes that are kept are copies. */
const idWriter = new Writer(32);

/**
 * Interns replica ids as small integers, so that spans and runs hold numbers. The integers are private to one
 * document (they follow arrival); whatever must agree between replicas compares the ids themselves.
 */
export class Replicas {
  readonly #ids: string[] = [];
  /** The ids as they stand in encodings, a length and UTF-8, as far as they were asked for. */
  readonly #bytes: Uint8Array[] = [];
  readonly #indexes = new Map<string, number>();
  readonly replicasMax: number;

  constructor(replicasMax: number) {
    this.replicasMax = replicasMax;
  }

  get size(): number {
    return this.#ids.length;
  }

  /** The index of an id, made when it is new. */
  intern(id: string): number {
    const known = this.#indexes.get(id);
    if (known !== undefined) return known;
    if (this.#ids.length >= this.replicasMax)
      throw new LimitExceededError(`There are already ${this.replicasMax} replicas.`);
    this.#indexes.set(id, this.#ids.length);
    return this.#ids.push(id) - 1;
  }

  /** Takes the last `count` ids back: what was to come from them did not. */
  forget(count: number): void {
    const left = this.#ids.length - count;
    for (const id of this.#ids.splice(left)) this.#indexes.delete(id);
    if (this.#bytes.length > left) this.#bytes.length = left;
  }

  /** The index of an id, or undefined when nothing of that replica was seen. */
  find(id: string): number | undefined {
    return this.#indexes.get(id);
  }

  id(index: number): string {
    return this.#ids[index]!;
  }

  bytes(index: number): Uint8Array {
    const known = this.#bytes[index];
    if (known !== undefined) return known;
    idWriter.reset();
    idWriter.text(this.#ids[index]!);
    const bytes = idWriter.bytes();
    this.#bytes[index] = bytes;
    return bytes;
  }

  /** Indexes in the order of their ids: the same on every replica. */
  sorted(): number[] {
    return this.#ids.map((_, index) => index).sort((a, b) => this.compare(a, b));
  }

  /** Order of the ids by UTF-16 code units. */
  compare(a: number, b: number): number {
    if (a === b) return 0;
    return this.#ids[a]! < this.#ids[b]! ? -1 : 1;
  }
}
