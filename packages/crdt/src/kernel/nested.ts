import type { Causal, DotStore } from "./causal.ts";
import type { Lattice } from "./lattice.ts";

/** A causal type that can also live inside a map: it shows its store. */
export interface CausalType<Store> extends Lattice<Causal<Store>> {
  readonly dots: DotStore<Store>;
}
