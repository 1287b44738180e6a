import type { Lattice } from "../kernel/lattice.ts";
import { count, sum, type Tally, tally } from "../kernel/tally.ts";

export interface GCounterType extends Lattice<Tally> {
  /** Counts up, by 1 or more; returns the delta. */
  increment(state: Tally, replica: string, by?: number): Tally;
  value(state: Tally): number;
}

/** A counter that only grows: one total for each replica, their sum the value (Shapiro et al. 2011, specification 6). */
export const gCounter: GCounterType = {
  ...tally,
  name: "g-counter",
  increment: (state, replica, by = 1) => count(state, replica, by),
  value: sum,
};
