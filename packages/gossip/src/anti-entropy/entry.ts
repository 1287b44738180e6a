import { murmur3 } from "@coterie/hashing";
import type { Entry } from "../gen/replica.ts";

/** A point in hybrid logical time. */
export interface Time {
  readonly wallMs: number;
  readonly logical: number;
}

/** What is compared of an entry: no two writes have the same. */
export type Stamped = Pick<Entry, "wallMs" | "logical" | "writer">;

export function compareTimes(a: Time, b: Time): number {
  return a.wallMs - b.wallMs || a.logical - b.logical;
}

/** The conflict rule: the later write wins, and of two at the same time that of the greater writer. Above 0: `a` wins. */
export function compareEntries(a: Stamped, b: Stamped): number {
  return compareTimes(a, b) || (a.writer === b.writer ? 0 : a.writer < b.writer ? -1 : 1);
}

/** Names this one write among all of its key. */
export function writeId({ key, wallMs, logical, writer }: Stamped & Pick<Entry, "key">): string {
  return `${key}\n${wallMs}.${logical}.${writer}`;
}

/** The two halves of an entry's digest; its value need not be read, as a write never changes. */
export function digestOf(entry: Entry): { readonly high: number; readonly low: number } {
  const id = writeId(entry);
  return { high: murmur3.string!(id, 0x5f3a_9c41) | 0, low: murmur3.string!(id, 0x1b87_3593) | 0 };
}

/** Which leaf a key belongs to. */
export function keyHash(key: string): number {
  return murmur3.string!(key, 0);
}

/** Bytes an entry takes in a message, roomy. */
export function entryBytes({ key, writer, value }: Entry): number {
  return key.length * 3 + writer.length + value.length + 32;
}
