import { told } from "../arguments.ts";
import { InvalidArgumentError } from "../errors.ts";
import { type Causal, causal, replace } from "../kernel/causal.ts";
import { integer } from "../kernel/codec.ts";
import { nextDot } from "../kernel/context.ts";
import { type DotFun, dotFun } from "../kernel/dot-fun.ts";
import { compareDots } from "../kernel/dot-set.ts";
import type { CausalType } from "../kernel/nested.ts";

export interface CausalCounterType extends CausalType<DotFun<number>> {
  /** Adds a whole number of either sign; returns the delta. */
  add(state: Causal<DotFun<number>>, replica: string, by: number): Causal<DotFun<number>>;
  /** Takes back to zero what was counted before, and nothing that is counted concurrently. */
  reset(state: Causal<DotFun<number>>): Causal<DotFun<number>>;
  value(state: Causal<DotFun<number>>): number;
}

const dots = dotFun(integer);

/**
 * A counter for maps: each replica's share is a value under its latest dot, so removing the key really resets it, which
 * totals that only grow cannot (Almeida et al. 2018, section 7; the embeddable counter of Riak's maps).
 *
 * A share that is reset while its replica adds to it concurrently survives whole, with what came before.
 */
export const causalCounter: CausalCounterType = {
  ...causal("causal-counter", dots),
  dots,
  add(state, replica, by) {
    const own = state.store.filter(({ id }) => id === replica);
    const others = state.store.filter(({ id }) => id !== replica);
    const value = own.reduce((total, entry) => total + entry.value, by);
    if (!Number.isSafeInteger(by) || !Number.isSafeInteger(value))
      throw new InvalidArgumentError(`Add a whole number that keeps the total safe, not ${told(by)}.`);
    const dot = nextDot(state.context, replica);
    const share = { ...dot, value };
    return replace(state, [...others, share].sort(compareDots), [dot, ...own], [share]);
  },
  reset: (state) => replace(state, [], state.store),
  value: (state) => state.store.reduce((total, { value }) => total + value, 0),
};
