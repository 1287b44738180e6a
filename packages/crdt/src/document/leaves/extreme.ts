import { told } from "../../arguments.ts";
import { InvalidArgumentError } from "../../errors.ts";
import type { Causal } from "../../kernel/causal.ts";
import { number } from "../../kernel/codec.ts";
import type { DotFun } from "../../kernel/dot-fun.ts";
import { mvRegister } from "../../registers/mv-register.ts";
import type { Cell, Leaf } from "./leaf.ts";

export interface ExtremeView {
  /** Undefined before the first writing. */
  readonly value: number | undefined;
  /** Writes a finite number, which counts only when it is beyond the one there. Undoing does not take it back. */
  set(value: number): void;
}

type State = Causal<DotFun<number>>;

const type = mvRegister(number);

/**
 * The highest number, or the lowest, that can be reset: a multi-value register of which the extreme counts, in which one
 * that is beyond all others takes their place. A writing that is not changes nothing, so it saves nothing from a reset.
 */
function extremeLeaf(pick: (a: number, b: number) => number): Leaf<ExtremeView, number | undefined> {
  const read = (state: State): number | undefined =>
    type
      .values(state)
      .reduce<number | undefined>((best, one) => (best === undefined ? one : pick(best, one)), undefined);
  return {
    type,
    dots: type.dots,
    value: read,
    restore: (view, value) => value !== undefined && view.set(value),
    view: (cell: Cell<State>) => ({
      get value() {
        return read(cell.state);
      },
      set(value) {
        if (!Number.isFinite(value))
          throw new InvalidArgumentError(`A highest or lowest number is a finite one, not ${told(value)}.`);
        const before = read(cell.state);
        if (before === undefined || (before !== value && pick(before, value) === value))
          cell.change((state) => type.set(state, cell.replica, value));
      },
    }),
  };
}

export const highestLeaf: Leaf<ExtremeView, number | undefined> = extremeLeaf(Math.max);
export const lowestLeaf: Leaf<ExtremeView, number | undefined> = extremeLeaf(Math.min);
