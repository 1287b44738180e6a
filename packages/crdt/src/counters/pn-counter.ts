import type { Lattice } from "../kernel/lattice.ts";
import { count, sum, type Tally, tally } from "../kernel/tally.ts";

export interface PNCounter {
  readonly up: Tally;
  readonly down: Tally;
}

export interface PNCounterType extends Lattice<PNCounter> {
  /** Counts up, by 1 or more; returns the delta. */
  increment(state: PNCounter, replica: string, by?: number): PNCounter;
  /** Counts down, by 1 or more; returns the delta. */
  decrement(state: PNCounter, replica: string, by?: number): PNCounter;
  value(state: PNCounter): number;
}

/** A counter that goes up and down: two that grow, since a maximum would swallow what goes down (specification 7). */
export const pnCounter: PNCounterType = {
  name: "pn-counter",
  bottom: () => ({ up: new Map(), down: new Map() }),
  merge(state, other) {
    tally.merge(state.up, other.up);
    tally.merge(state.down, other.down);
  },
  delta: (state, known) => ({
    up: tally.delta(state.up, known.up),
    down: tally.delta(state.down, known.down),
  }),
  equals: (a, b) => tally.equals(a.up, b.up) && tally.equals(a.down, b.down),
  write(writer, state) {
    tally.write(writer, state.up);
    tally.write(writer, state.down);
  },
  read: (reader) => ({ up: tally.read(reader), down: tally.read(reader) }),
  increment: (state, replica, by = 1) => ({ up: count(state.up, replica, by), down: new Map() }),
  decrement: (state, replica, by = 1) => ({ up: new Map(), down: count(state.down, replica, by) }),
  value: (state) => sum(state.up) - sum(state.down),
};
