import type { CausalLattice, DotStore } from "./causal.ts";

/** A causal type that can also live inside a map: it shows its store. */
export interface CausalType<Store> extends CausalLattice<Store> {
  readonly dots: DotStore<Store>;
}
