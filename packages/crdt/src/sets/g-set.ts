import { type Codec, checkedCodec, type Key, readEach, writeEntries } from "../kernel/codec.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { takeKey } from "../kernel/writable.ts";

export interface GSetType<T extends Key> extends Lattice<Set<T>> {
  /** Adds an element; returns the delta. */
  add(state: Set<T>, element: T): Set<T>;
}

/** A set that only grows; its join is the union (Shapiro et al. 2011, specification 11). The state is a plain Set. */
export function gSet<T extends Key>(codec: Codec<T>): GSetType<T> {
  checkedCodec(codec);
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
    read(reader) {
      const state = new Set<T>();
      readEach(reader, codec, (element) => state.add(element));
      return state;
    },
    readToMerge(state, reader) {
      const fresh: T[] = [];
      readEach(reader, codec, (element) => {
        if (!state.has(element)) fresh.push(element);
      });
      return () => {
        for (const element of fresh) state.add(element);
      };
    },
    add(state, element) {
      const taken = takeKey(codec, element);
      state.add(taken);
      return new Set([taken]);
    },
  };
}
