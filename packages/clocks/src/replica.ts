import { CounterOverflowError, InvalidArgumentError } from "./errors.ts";

/**
 * The name of whatever counts its own events: a process, a server, a client session. Any well-formed string of 1
 * to 255 UTF-8 bytes. Ids order by UTF-16 code units (JavaScript's `<`), and so do entries in every encoding.
 *
 * An id belongs to one writer for ever. A replica restored from a backup must take a new id: reusing the old one
 * names new events with counters that others have already seen for different events.
 */
export type ReplicaId = string;

/** One event: the `counter`-th of replica `id`. Counters begin at 1. */
export interface Dot {
  readonly id: ReplicaId;
  readonly counter: number;
}

/** The longest replica id, in UTF-8 bytes: the encodings spend one byte on its length. */
export const replicaIdBytesMax = 255;

/** The most replicas that one vector, context or matrix names. */
export const replicasMax = 65_536;

const utf8 = new TextEncoder();

/** The id's UTF-8 bytes; throws `InvalidArgumentError` when it is no valid id. */
export function replicaIdBytes(id: ReplicaId): Uint8Array {
  if (typeof id !== "string" || id.length === 0 || !id.isWellFormed()) {
    throw new InvalidArgumentError(
      `A replica id is a non-empty string without lone surrogates, not ${describe(id)}.`,
    );
  }
  const bytes = utf8.encode(id);
  if (bytes.length > replicaIdBytesMax) {
    throw new InvalidArgumentError(
      `A replica id has at most ${replicaIdBytesMax} UTF-8 bytes; this one has ${bytes.length}.`,
    );
  }
  return bytes;
}

/** Throws unless `id` is a valid replica id. */
export function assertReplicaId(id: ReplicaId): void {
  // The common id is short, so that its bytes need not be made to be counted: no character takes more than three.
  if (typeof id === "string" && id.length > 0 && id.length * 3 <= replicaIdBytesMax && id.isWellFormed())
    return;
  replicaIdBytes(id);
}

/** Throws unless `counter` is a safe integer of at least `least`. */
export function assertCounter(counter: number, least: 0 | 1): void {
  if (Number.isSafeInteger(counter) && counter >= least) return;
  if (Number.isInteger(counter) && counter > 0) {
    throw new CounterOverflowError(`The counter ${counter} is beyond the safe integers (2^53 - 1).`);
  }
  throw new InvalidArgumentError(`A counter is a whole number from ${least} on, not ${describe(counter)}.`);
}

/** The counter after `counter`; throws `CounterOverflowError` at the end of the safe integers. */
export function successor(counter: number): number {
  if (counter >= Number.MAX_SAFE_INTEGER) {
    throw new CounterOverflowError(
      "The counter has reached 2^53 - 1 and cannot count on. Use a new replica id.",
    );
  }
  return counter + 1;
}

/** A value as it may stand in an error message: short, whatever it is. */
export function describe(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  }
  if (value === null || typeof value !== "object") return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}
