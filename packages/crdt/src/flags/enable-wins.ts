import { type Causal, causal, replace } from "../kernel/causal.ts";
import { nextDot } from "../kernel/context.ts";
import { type DotSet, dotSet } from "../kernel/dot-set.ts";
import type { CausalType } from "../kernel/nested.ts";

export interface FlagType extends CausalType<DotSet> {
  enable(state: Causal<DotSet>, replica: string): Causal<DotSet>;
  disable(state: Causal<DotSet>, replica: string): Causal<DotSet>;
  value(state: Causal<DotSet>): boolean;
}

/**
 * On while some enabling has not been seen by a disabling: of concurrent ones, enabling wins. Starts off. Disabling adds
 * no event: it only forgets the enablings it has seen, so it cannot undo one it has not (Riak's fault of pull request 82).
 */
export const enableWinsFlag: FlagType = {
  ...causal("enable-wins-flag", dotSet),
  dots: dotSet,
  enable(state, replica) {
    const dot = nextDot(state.context, replica);
    return replace(state, [dot], [dot, ...state.store]);
  },
  disable: (state) => replace(state, [], state.store),
  value: (state) => state.store.length > 0,
};
