import { told } from "../arguments.ts";
import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";

/** How values of one kind stand in bytes. The same value must always give the same bytes. */
export interface Codec<T> {
  write(writer: Writer, value: T): void;
  /** Throws CorruptBytesError for what `write` does not write. */
  read(reader: Reader): T;
}

/** The codec, refused when it is none. */
export function checkedCodec<T>(codec: Codec<T>): Codec<T> {
  if (typeof codec?.write === "function" && typeof codec.read === "function") return codec;
  throw new InvalidArgumentError(
    "A codec has write(writer, value) and read(reader), as text, integer and json have.",
  );
}

/** Values that a set or a map can tell apart by `===`. */
export type Key = string | number | boolean;

/** Well-formed text. */
export const text: Codec<string> = {
  write(writer, value) {
    if (typeof value !== "string") throw new InvalidArgumentError(`Text is expected, not ${told(value)}.`);
    if (!value.isWellFormed())
      throw new InvalidArgumentError("Text with half of a surrogate pair has no UTF-8.");
    writer.text(value);
  },
  read: (reader) => reader.text(),
};

/** Safe integers of either sign. */
export const integer: Codec<number> = {
  write(writer, value) {
    if (!Number.isSafeInteger(value) || Math.abs(value) > 2 ** 52)
      throw new InvalidArgumentError(`${told(value)} is not an integer within 2^52 of zero.`);
    writer.int(value);
  },
  read: (reader) => reader.int(),
};

/** Any number but NaN, which equals nothing; -0 is written as 0. */
export const number: Codec<number> = {
  write(writer, value) {
    if (Number.isNaN(value))
      throw new InvalidArgumentError("NaN cannot be stored: it does not equal itself.");
    writer.float64(value + 0);
  },
  read(reader) {
    const value = reader.float64();
    if (Number.isNaN(value) || Object.is(value, -0)) throw new CorruptBytesError("a number is not canonical");
    return value;
  },
};

export const boolean: Codec<boolean> = {
  write: (writer, value) => writer.byte(value ? 1 : 0),
  read(reader) {
    const byte = reader.byte();
    if (byte > 1) throw new CorruptBytesError("a boolean is neither true nor false");
    return byte === 1;
  },
};

/** Whatever JSON holds; the keys of objects are written in order. What is read is frozen, all the way down. */
export const json: Codec<unknown> = {
  write: (writer, value) => writer.text(canonicalJson(value)),
  read(reader) {
    const written = reader.text();
    let [value, canonical]: [unknown, string] = [undefined, ""];
    try {
      value = frozen(JSON.parse(written));
      canonical = canonicalJson(value);
    } catch (cause) {
      throw new CorruptBytesError("a value is not JSON", { cause });
    }
    if (canonical !== written) throw new CorruptBytesError("a value is not canonical JSON");
    return value;
  },
};

/** Freezes what was just made, all through: what is the replica's own, or shared, nobody changes in passing. */
export function frozen<T>(value: T): T {
  if (value === null || typeof value !== "object") return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

/** JSON in which equal values are written alike. Throws InvalidArgumentError for what is not JSON. */
export function canonicalJson(value: unknown): string {
  const sorted = (_: string, inner: unknown): unknown =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  let written: string | undefined;
  try {
    written = JSON.stringify(value, sorted);
  } catch (cause) {
    // A circle ends as a RangeError: the sorted copies hide it from the check that JSON.stringify has.
    const why = cause instanceof RangeError ? "it is circular, or nested too deeply" : String(cause);
    throw new InvalidArgumentError(`The value is not JSON: ${why}.`, { cause });
  }
  if (written === undefined)
    throw new InvalidArgumentError(
      `${told(value)} is not JSON: null stands for nothing. In types that stand alone the replica's id comes before a value.`,
    );
  return written;
}

/** One order for keys of any kind, so that equal maps and sets are written alike. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  return a < b ? -1 : a === b ? 0 : 1;
}

/** Writes what belongs to keys, in the order of the keys. */
export function writeEntries<K extends Key, V>(
  writer: Writer,
  entries: ReadonlyMap<K, V>,
  key: Codec<K>,
  writeValue: (value: V) => void,
): void {
  writer.uint(entries.size);
  for (const name of [...entries.keys()].sort(compareKeys)) {
    key.write(writer, name);
    writeValue(entries.get(name)!);
  }
}

/** Reads what `writeEntries` wrote; keys out of order or twice are an error. */
export function readEntries<K extends Key, V>(reader: Reader, key: Codec<K>, readValue: () => V): Map<K, V> {
  const entries = new Map<K, V>();
  readEach(reader, key, (name) => entries.set(name, readValue()));
  return entries;
}

/** The same, entry by entry: `entry` reads what stands after its key. */
export function readEach<K extends Key>(reader: Reader, key: Codec<K>, entry: (name: K) => void): void {
  let before: K | undefined;
  for (let left = reader.count(1); left > 0; left--) {
    const name = key.read(reader);
    if (before !== undefined && compareKeys(before, name) >= 0)
      throw new CorruptBytesError("keys are not in order");
    before = name;
    entry(name);
  }
}
