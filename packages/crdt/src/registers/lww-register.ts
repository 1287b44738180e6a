import { told } from "../arguments.ts";
import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";
import { boolean, type Codec } from "../kernel/codec.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { takeIn } from "../kernel/writable.ts";
import { checkReplicaId } from "../sequence/replicas.ts";

/** When and by whom a value was written. Of two, the later wins, and at one time the higher replica id. */
export interface Stamp {
  /** Any whole number from 0 on that grows: milliseconds since the epoch, or a hybrid clock's. */
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
   * writer lose against what it has read. Returns the delta.
   */
  set(state: LWWRegister<T>, replica: string, value: T, time: number): LWWRegister<T>;
  value(state: LWWRegister<T>): T | undefined;
}

/** The last writer wins; concurrent writings but one are lost (Johnson and Thomas, RFC 677, 1975). */
export function lwwRegister<T>(codec: Codec<T>): LWWRegisterType<T> {
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

/** Far from the end of the safe integers, so that a writer can always come after what it has read. */
export const TIME_MAX: number = 2 ** 52;

export function isNewer(stamp: Stamp | undefined, than: Stamp | undefined): boolean {
  if (stamp === undefined) return false;
  if (than === undefined || stamp.time > than.time) return true;
  return stamp.time === than.time && stamp.replica > than.replica;
}

/** The stamp of a new writing. */
export function stampAfter(before: Stamp | undefined, replica: string, time: number): Stamp {
  if (!Number.isSafeInteger(time) || time < 0 || time > TIME_MAX)
    throw new InvalidArgumentError(`A time is a whole number from 0 to 2^52, not ${told(time)}.`);
  checkReplicaId(replica);
  return { time: Math.max(time, (before?.time ?? -1) + 1), replica };
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
