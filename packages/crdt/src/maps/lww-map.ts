import type { Reader } from "../bytes/reader.ts";
import {
  boolean,
  type Codec,
  checkedCodec,
  type Key,
  readEach,
  readEntries,
  writeEntries,
} from "../kernel/codec.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { LookUp } from "../kernel/look-up.ts";
import { takeIn, takeKey } from "../kernel/writable.ts";
import { isNewer, readStamp, type Stamped, stampAfter, writeStamp } from "../registers/lww-register.ts";

/** By key the last writing; `undefined` is a removal, which must be remembered for its time. */
export type LWWMap<K extends Key, V> = Map<K, Stamped<V | undefined>>;

export interface LWWMapType<K extends Key, V> extends Lattice<LWWMap<K, V>> {
  /** Writes under a key, as the LWW-Register does; returns the delta. */
  set(state: LWWMap<K, V>, replica: string, key: K, value: V, time: number): LWWMap<K, V>;
  remove(state: LWWMap<K, V>, replica: string, key: K, time: number): LWWMap<K, V>;
  get(state: LWWMap<K, V>, key: K): V | undefined;
  keys(state: LWWMap<K, V>): K[];
}

/** A map in which for each key the last writer wins, removals included. */
export function lwwMap<K extends Key, V>(key: Codec<K>, value: Codec<V>): LWWMapType<K, V> {
  for (const codec of [key, value]) checkedCodec<K | V>(codec as Codec<K | V>);
  const write = (
    state: LWWMap<K, V>,
    replica: string,
    name: K,
    written: V | undefined,
    time: number,
  ): LWWMap<K, V> => {
    const taken = takeKey(key, name);
    const stamp = stampAfter(state.get(taken), replica, time);
    const entry = { time: stamp.time, replica, value: written };
    state.set(taken, entry);
    return new Map([[taken, entry]]);
  };
  const readEntry = (reader: Reader): Stamped<V | undefined> => {
    const { time, replica } = readStamp(reader);
    return { time, replica, value: boolean.read(reader) ? value.read(reader) : undefined };
  };
  return {
    name: "lww-map",
    bottom: () => new Map(),
    merge(state, other) {
      for (const [name, entry] of other) if (isNewer(entry, state.get(name))) state.set(name, entry);
    },
    delta: (state, known) => new Map([...state].filter(([name, entry]) => isNewer(entry, known.get(name)))),
    equals: (a, b) =>
      a.size === b.size &&
      [...a].every(([name, { time, replica }]) => {
        const theirs = b.get(name);
        return theirs?.time === time && theirs.replica === replica;
      }),
    write(writer, state) {
      writeEntries(writer, state, key, (entry) => {
        writeStamp(writer, entry);
        boolean.write(writer, entry.value !== undefined);
        if (entry.value !== undefined) value.write(writer, entry.value);
      });
    },
    read: (reader) => readEntries(reader, key, () => readEntry(reader)),
    readToMerge(state, reader) {
      const newer: LWWMap<K, V> = new Map();
      const here = new LookUp(state);
      readEach(reader, key, (name) => {
        const entry = readEntry(reader);
        if (isNewer(entry, here.get(name))) newer.set(name, entry);
      });
      return () => {
        for (const [name, entry] of newer) state.set(name, entry);
      };
    },
    set: (state, replica, name, written, time) => write(state, replica, name, takeIn(value, written), time),
    remove: (state, replica, name, time) => write(state, replica, name, undefined, time),
    get: (state, name) => state.get(name)?.value,
    keys: (state) => [...state].filter(([, entry]) => entry.value !== undefined).map(([name]) => name),
  };
}
