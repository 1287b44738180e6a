import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, CrdtError, InvalidArgumentError } from "../errors.ts";
import type { Codec, Key } from "./codec.ts";

/** Where values are written to see whether they can be: no call hands it on. */
const trial: Writer = new Writer();

/**
 * The value as every other replica will read it: a copy of its own, so that what the caller does to an object later
 * reaches no replica, rather than this one alone. Refuses what cannot be written, which once inside would break every
 * later encoding. Throws what the codec throws, or InvalidArgumentError.
 */
export function takeIn<T>(codec: Codec<T>, value: T): T {
  trial.reset();
  try {
    codec.write(trial, value);
    return isItself(value) ? value : codec.read(new Reader(trial.bytes()));
  } catch (cause) {
    if (cause instanceof CrdtError && !(cause instanceof CorruptBytesError)) throw cause;
    throw new InvalidArgumentError(`The value cannot be written: ${String(cause)}.`, { cause });
  }
}

/** The same of several values, of which all are taken in or none. */
export function takeAll<T>(codec: Codec<T>, values: readonly T[]): T[] {
  return values.map((value) => takeIn(codec, value));
}

/** The same of an element of a set or a key of a map, which has to be text, a number or a boolean. */
export function takeKey<K extends Key>(codec: Codec<K>, key: K): K {
  if (key === undefined)
    throw new InvalidArgumentError(
      "The element of a set, or the key of a map, is missing. In types that stand alone the replica's id comes before it, " +
        'as in add(state, "ann", "draft").',
    );
  const taken = takeIn(codec, key);
  if (!["string", "number", "boolean"].includes(typeof taken))
    throw new InvalidArgumentError("Elements of sets and keys of maps are text, numbers and booleans.");
  return taken;
}

/** What nobody can change, and what is read as it was written: it needs no copy. */
function isItself(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === "string" || typeof value === "boolean" || value === null;
}
