import { type Codec, type Key, readEntries, writeEntries } from "../kernel/codec.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { takeKey } from "../kernel/writable.ts";

export interface GSetType<T extends Key> extends Lattice<Set<T>> {
  /** Adds an element; returns the delta. */
  add(state: Set<T>, element: T): Set<T>;
}

/** A set that only grows; its join is the union (Shapiro et al. 2011, specification 11). The state is a plain Set. */
export function gSet<T extends Key>(codec: Codec<T>): GSetType<T> {
  return {
    name: "g-set",
    bottom: () => new Set(),
    merge(state, other) {
      for (const element of other) state.add(element);
    },
    delta: (state, known) => new Set([...state].filter((element) => !known.has(element))),
    equals: (a, b) => a.size === b.size && [...a].every((element) => b.has(element)),
    write(writer, state) {
      writeEntries(writer, new Map([...state].map((element) => [element, 0])), codec, () => {});
    },
    read: (reader) => new Set(readEntries(reader, codec, () => 0).keys()),
    add(state, element) {
      const taken = takeKey(codec, element);
      state.add(taken);
      return new Set([taken]);
    },
  };
}
