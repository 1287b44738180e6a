import { type Causal, causal, replace } from "../kernel/causal.ts";
import type { Codec } from "../kernel/codec.ts";
import { nextDot } from "../kernel/context.ts";
import { type DotFun, dotFun } from "../kernel/dot-fun.ts";
import type { CausalType } from "../kernel/nested.ts";
import { takeIn } from "../kernel/writable.ts";

export interface MVRegisterType<T> extends CausalType<DotFun<T>> {
  /** Replaces all values seen here; returns the delta. */
  set(state: Causal<DotFun<T>>, replica: string, value: T): Causal<DotFun<T>>;
  clear(state: Causal<DotFun<T>>): Causal<DotFun<T>>;
  /** None before the first writing, several after concurrent ones, in the order of their writers' ids. */
  values(state: Causal<DotFun<T>>): T[];
}

/** A register that keeps every concurrently written value, for the application to choose (Dynamo's siblings). */
export function mvRegister<T>(codec: Codec<T>): MVRegisterType<T> {
  const dots = dotFun(codec);
  return {
    ...causal("mv-register", dots),
    dots,
    set(state, replica, value) {
      const taken = takeIn(codec, value);
      const dot = nextDot(state.context, replica);
      return replace(state, [{ ...dot, value: taken }], [dot, ...state.store]);
    },
    clear: (state) => replace(state, [], state.store),
    values: (state) => state.store.map(({ value }) => value),
  };
}
