import { readUint32 } from "./frame.ts";

/**
 * A channel that lends sends `bytes` fields from this length on without copying them. For a shorter one the copy
 * costs less than what ZeroMQ and Node do for every part of a message, at both ends.
 */
export const lentBytesMin: number = 16 * 1024;

/** A `bytes` field whose content was left where it lies. */
export interface Lent {
  /** Where the content belongs: the position behind its length prefix. */
  at: number;
  readonly bytes: Uint8Array;
}

/** The length of the table that ends a record with so many lent fields: where each belongs, and how many they are. */
export function lentTableBytes(count: number): number {
  return 4 * (count + 1);
}

/**
 * Reads where the lent fields of a record belong, given where the record begins and ends. Undefined when it cannot
 * be true.
 */
export function readLentTable(frame: Uint8Array, start: number, end: number): readonly number[] | undefined {
  if (end - start < 4) return undefined;
  const count = readUint32(frame, end - 4);
  if (count === 0 || lentTableBytes(count) > end - start) return undefined;
  const table = end - lentTableBytes(count);
  const positions: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = start + readUint32(frame, table + 4 * i);
    if (at > table || (i > 0 && at <= positions[i - 1]!)) return undefined;
    positions.push(at);
  }
  return positions;
}
