import { told } from "../arguments.ts";
import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";
import { boolean, type Codec, checkedCodec } from "../kernel/codec.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { takeIn } from "../kernel/writable.ts";
import { checkReplicaId } from "../sequence/replicas.ts";

/** When and by whom a value was written. Of two, the later wins, and at one time the higher replica id. */
export interface Stamp {
  /** Any whole number from 0 to 2^52 - 2^32 that grows: milliseconds or microseconds since the epoch. */
  readonly time: number;
  readonly replica: string;
}

export interface Stamped<T> extends Stamp {
  readonly value: T;
}

/** Empty before the first writing. */
export interface LWWRegister<T> {
  entry: Stamped<T> | undefined;
}

export interface LWWRegisterType<T> extends Lattice<LWWRegister<T>> {
  /**
   * Writes a value at a time, or right after the latest time seen here when that is later: a slow clock cannot make a
   * writer lose against what it has read. Returns the delta. Throws InvalidArgumentError, and changes nothing, for a time
   * that is no whole number from 0 to 2^52 - 2^32: what is later could not be written over any more.
   */
  set(state: LWWRegister<T>, replica: string, value: T, time: number): LWWRegister<T>;
  value(state: LWWRegister<T>): T | undefined;
}

/** The last writer wins; concurrent writings but one are lost (Johnson and Thomas, RFC 677, 1975). */
export function lwwRegister<T>(codec: Codec<T>): LWWRegisterType<T> {
  checkedCodec(codec);
  return {
    name: "lww-register",
    bottom: () => ({ entry: undefined }),
    merge(state, other) {
      if (isNewer(other.entry, state.entry)) state.entry = other.entry;
    },
    delta: (state, known) => ({ entry: isNewer(state.entry, known.entry) ? state.entry : undefined }),
    equals: (a, b) => !isNewer(a.entry, b.entry) && !isNewer(b.entry, a.entry),
    write(writer, { entry }) {
      boolean.write(writer, entry !== undefined);
      if (entry === undefined) return;
      writeStamp(writer, entry);
      codec.write(writer, entry.value);
    },
    read(reader) {
      if (!boolean.read(reader)) return { entry: undefined };
      return { entry: { ...readStamp(reader), value: codec.read(reader) } };
    },
    set(state, replica, value, time) {
      const entry = { ...stampAfter(state.entry, replica, time), value: takeIn(codec, value) };
      state.entry = entry;
      return { entry };
    },
    value: (state) => state.entry?.value,
  };
}

/** The latest time that stands in bytes. */
export const TIME_MAX: number = 2 ** 52;

/** The latest that a caller may give: behind it stays room for four thousand million writings that must come after it. */
const GIVEN_TIME_MAX: number = TIME_MAX - 2 ** 32;

export function isNewer(stamp: Stamp | undefined, than: Stamp | undefined): boolean {
  if (stamp === undefined) return false;
  if (than === undefined || stamp.time > than.time) return true;
  return stamp.time === than.time && stamp.replica > than.replica;
}

/** The stamp of a new writing. */
export function stampAfter(before: Stamp | undefined, replica: string, time: number): Stamp {
  if (!Number.isSafeInteger(time) || time < 0 || time > GIVEN_TIME_MAX)
    throw new InvalidArgumentError(`A time is a whole number from 0 to 2^52 - 2^32, not ${told(time)}.`);
  checkReplicaId(replica);
  const after = Math.max(time, (before?.time ?? -1) + 1);
  if (after > TIME_MAX)
    throw new InvalidArgumentError(
      "What stands here was written at the last time there is: nothing can be later.",
    );
  return { time: after, replica };
}

export function writeStamp(writer: Writer, { time, replica }: Stamp): void {
  writer.uint(time);
  writer.text(replica);
}

export function readStamp(reader: Reader): Stamp {
  const time = reader.uint();
  if (time > TIME_MAX) throw new CorruptBytesError("a time is out of range");
  return { time, replica: reader.id() };
}
