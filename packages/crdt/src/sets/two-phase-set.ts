import type { Codec, Key } from "../kernel/codec.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { gSet } from "./g-set.ts";

export interface TwoPhaseSet<T extends Key> {
  readonly added: Set<T>;
  readonly removed: Set<T>;
}

export interface TwoPhaseSetType<T extends Key> extends Lattice<TwoPhaseSet<T>> {
  add(state: TwoPhaseSet<T>, element: T): TwoPhaseSet<T>;
  /** Removes an element for good, whether or not it is there yet: it can never come back. */
  remove(state: TwoPhaseSet<T>, element: T): TwoPhaseSet<T>;
  has(state: TwoPhaseSet<T>, element: T): boolean;
  values(state: TwoPhaseSet<T>): T[];
}

/** Elements live once: two sets that grow, what was added and what was removed (Shapiro et al. 2011, specification 12). */
export function twoPhaseSet<T extends Key>(codec: Codec<T>): TwoPhaseSetType<T> {
  const half = gSet(codec);
  return {
    name: "two-phase-set",
    bottom: () => ({ added: new Set(), removed: new Set() }),
    merge(state, other) {
      half.merge(state.added, other.added);
      half.merge(state.removed, other.removed);
    },
    delta: (state, known) => ({
      added: half.delta(state.added, known.added),
      removed: half.delta(state.removed, known.removed),
    }),
    equals: (a, b) => half.equals(a.added, b.added) && half.equals(a.removed, b.removed),
    write(writer, state) {
      half.write(writer, state.added);
      half.write(writer, state.removed);
    },
    read: (reader) => ({ added: half.read(reader), removed: half.read(reader) }),
    add: (state, element) => ({ added: half.add(state.added, element), removed: new Set() }),
    remove: (state, element) => ({ added: new Set(), removed: half.add(state.removed, element) }),
    has: (state, element) => state.added.has(element) && !state.removed.has(element),
    values: (state) => [...state.added].filter((element) => !state.removed.has(element)),
  };
}
