import { causalCounter } from "../../counters/causal-counter.ts";
import type { Causal } from "../../kernel/causal.ts";
import type { DotFun } from "../../kernel/dot-fun.ts";
import type { Cell, Leaf } from "./leaf.ts";

export interface CounterView {
  readonly value: number;
  /** Adds a whole number of either sign. */
  add(by: number): void;
}

export const counterLeaf: Leaf<CounterView, number> = {
  type: causalCounter,
  dots: causalCounter.dots,
  value: (state: Causal<DotFun<number>>) => causalCounter.value(state),
  restore: (view, value) => view.add(value),
  view(cell: Cell<Causal<DotFun<number>>>) {
    const add = (by: number): void =>
      cell.change(
        (state) => causalCounter.add(state, cell.replica, by),
        () => {
          // Otherwise a reset has taken it back already.
          if (cell.state.store.some(({ id }) => id === cell.replica)) takeBack(by);
        },
      );
    const takeBack = (by: number): void =>
      cell.change(
        (state) => causalCounter.add(state, cell.replica, -by),
        () => add(by),
      );
    return {
      get value() {
        return causalCounter.value(cell.state);
      },
      add,
    };
  },
};
