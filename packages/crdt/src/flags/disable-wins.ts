import { apply, causal } from "../kernel/causal.ts";
import { dotSet } from "../kernel/dot-set.ts";
import type { FlagType } from "./enable-wins.ts";

/** The mirror of the enable-wins flag: the dots stand for disablings. Starts on; of concurrent ones, disabling wins. */
export const disableWinsFlag: FlagType = {
  ...causal("disable-wins-flag", dotSet),
  dots: dotSet,
  enable: (state) => apply(dotSet, state, [], state.store),
  disable(state, replica) {
    const dot = state.context.next(replica);
    return apply(dotSet, state, [dot], [dot, ...state.store]);
  },
  value: (state) => state.store.length === 0,
};
