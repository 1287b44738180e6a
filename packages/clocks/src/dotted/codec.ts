import { readIds, writeIds } from "../bytes/ids.ts";
import { kind } from "../bytes/kind.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import type { DottedEntry, DottedVersionVectorSet } from "./set.ts";
import { dottedVersionVectorSet, entriesOf } from "./set.ts";

/* kind | ids | for each id: counter, n, n values as chunks, newest first | check */

/** The encoding of a set whose values `encodeValue` turns into bytes: canonical as far as that function is. */
export function encodeDottedVersionVectorSet<Value>(
  set: DottedVersionVectorSet<Value>,
  encodeValue: (value: Value) => Uint8Array,
): Uint8Array {
  const writer = new Writer(kind.dottedVersionVectorSet);
  const entries = entriesOf(set);
  writeIds(
    writer,
    entries.map(({ id }) => id),
  );
  for (const { counter, values } of entries) {
    writer.integer(counter);
    writer.integer(values.length);
    for (const value of values) writer.chunk(encodeValue(value));
  }
  return writer.finish();
}

/**
 * Decodes what `encodeDottedVersionVectorSet` made; `decodeValue` gets a copy of each value's bytes. Throws
 * `MalformedBytesError` for anything else, also (as `cause`) for what `decodeValue` throws.
 */
export function decodeDottedVersionVectorSet<Value>(
  bytes: Uint8Array,
  decodeValue: (bytes: Uint8Array) => Value,
): DottedVersionVectorSet<Value> {
  const reader = new Reader(bytes, kind.dottedVersionVectorSet);
  const entries = readIds(reader).map((id): DottedEntry<Value> => {
    const counter = reader.integer();
    const count = reader.count(1);
    if (counter === 0 || count > counter) reader.fail("More values than writes");
    return { id, counter, values: Array.from({ length: count }, () => readValue(reader, decodeValue)) };
  });
  reader.finish();
  return dottedVersionVectorSet(entries);
}

function readValue<Value>(reader: Reader, decodeValue: (bytes: Uint8Array) => Value): Value {
  // Not slice(): that of a Node.js Buffer is a view of the message.
  const bytes = new Uint8Array(reader.chunk());
  try {
    return decodeValue(bytes);
  } catch (cause) {
    return reader.fail("A value that its decoder refuses", cause);
  }
}
