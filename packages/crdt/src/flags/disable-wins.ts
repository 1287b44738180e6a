import { causal, replace } from "../kernel/causal.ts";
import { nextDot } from "../kernel/context.ts";
import { dotSet } from "../kernel/dot-set.ts";
import type { FlagType } from "./enable-wins.ts";

/** The mirror of the enable-wins flag: the dots stand for disablings. Starts on; of concurrent ones, disabling wins. */
export const disableWinsFlag: FlagType = {
  ...causal("disable-wins-flag", dotSet),
  dots: dotSet,
  enable: (state) => replace(state, [], state.store),
  disable(state, replica) {
    const dot = nextDot(state.context, replica);
    return replace(state, [dot], [dot, ...state.store]);
  },
  value: (state) => state.store.length === 0,
};
