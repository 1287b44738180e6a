import { number } from "../kernel/codec.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { takeIn } from "../kernel/writable.ts";

export interface ExtremeRegister {
  value: number;
}

export interface ExtremeRegisterType extends Lattice<ExtremeRegister> {
  /** Writes a number, which counts only when it is beyond the one there; returns the delta. */
  set(state: ExtremeRegister, value: number): ExtremeRegister;
}

/** The highest number ever written: high scores, versions, watermarks. Starts at -Infinity. */
export const maxRegister: ExtremeRegisterType = extremeRegister(
  "max-register",
  Math.max,
  Number.NEGATIVE_INFINITY,
);

/** The lowest number ever written. Starts at Infinity. */
export const minRegister: ExtremeRegisterType = extremeRegister(
  "min-register",
  Math.min,
  Number.POSITIVE_INFINITY,
);

function extremeRegister(
  name: string,
  pick: (a: number, b: number) => number,
  worst: number,
): ExtremeRegisterType {
  return {
    name,
    bottom: () => ({ value: worst }),
    merge(state, other) {
      state.value = pick(state.value, other.value);
    },
    delta: (state, known) => ({
      value: pick(state.value, known.value) === known.value ? worst : state.value,
    }),
    equals: (a, b) => a.value === b.value,
    write: (writer, { value }) => number.write(writer, value),
    read: (reader) => ({ value: number.read(reader) }),
    set(state, value) {
      const taken = takeIn(number, value);
      state.value = pick(state.value, taken);
      return { value: taken };
    },
  };
}
