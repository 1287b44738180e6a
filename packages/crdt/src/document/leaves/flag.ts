import type { FlagType } from "../../flags/enable-wins.ts";
import type { Causal } from "../../kernel/causal.ts";
import type { DotSet } from "../../kernel/dot-set.ts";
import { type Cell, isOwn, type Leaf } from "./leaf.ts";

export interface FlagView {
  readonly value: boolean;
  enable(): void;
  disable(): void;
}

export function flagLeaf(type: FlagType): Leaf<FlagView, boolean> {
  return {
    type,
    dots: type.dots,
    value: (state: Causal<DotSet>) => type.value(state),
    restore: (view, on) => (on ? view.enable() : view.disable()),
    view(cell: Cell<Causal<DotSet>>) {
      const turn = (to: boolean): void => {
        const before = type.value(cell.state);
        cell.change(
          (state) => (to ? type.enable : type.disable)(state, cell.replica),
          () => {
            if (before !== to && isOwn(cell.state.store, cell.replica)) turn(before);
          },
        );
      };
      return {
        get value() {
          return type.value(cell.state);
        },
        enable: () => turn(true),
        disable: () => turn(false),
      };
    },
  };
}
