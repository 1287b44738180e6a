import { type BoundedCounter, boundedCounter } from "../../counters/bounded-counter.ts";
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
          // A reset has taken it back already.
          if (cell.state.store.some(({ id }) => id === cell.replica)) add(-by);
        },
      );
    return {
      get value() {
        return causalCounter.value(cell.state);
      },
      add,
    };
  },
};

export interface BoundedCounterView {
  readonly value: number;
  /** How far this replica may count down without asking anyone. */
  readonly rights: number;
  increment(by?: number): void;
  /** Throws InvalidArgumentError when this replica has not the rights. */
  decrement(by?: number): void;
  transfer(to: string, amount: number): void;
}

/** Rights that were earned may have been spent elsewhere, so counting up is not undone; what was counted down is. */
export const boundedCounterLeaf: Leaf<BoundedCounterView, number> = {
  type: boundedCounter,
  dots: undefined,
  value: (state: BoundedCounter) => boundedCounter.value(state),
  restore: () => {},
  view(cell: Cell<BoundedCounter>) {
    const increment = (by?: number): void =>
      cell.change((state) => boundedCounter.increment(state, cell.replica, by));
    return {
      get value() {
        return boundedCounter.value(cell.state);
      },
      get rights() {
        return boundedCounter.rights(cell.state, cell.replica);
      },
      increment,
      decrement: (by) =>
        cell.change(
          (state) => boundedCounter.decrement(state, cell.replica, by),
          () => increment(by),
        ),
      transfer: (to, amount) =>
        cell.change((state) => boundedCounter.transfer(state, cell.replica, to, amount)),
    };
  },
};
