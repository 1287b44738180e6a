import type { Causal, DotStore } from "../../kernel/causal.ts";
import type { DotFun } from "../../kernel/dot-fun.ts";
import type { DotSet } from "../../kernel/dot-set.ts";
import type { Lattice } from "../../kernel/lattice.ts";

/** Where the state of a leaf stands in its document. */
export interface Cell<State> {
  readonly replica: string;
  readonly state: State;
  /** Milliseconds of the wall clock that the document was given; 0 without one. */
  readonly time: number;
  /** How many operations of the document were seen here before this transaction. */
  readonly operations: number;
  /** Changes the state by a mutator that returns the delta; `inverse` is what undoing it does. */
  change(mutate: (state: State) => State, inverse?: () => void): void;
}

/** A lattice type as part of a document: how it is changed, read, and put back after a reset. */
export interface Leaf<View, Value> {
  readonly type: Lattice<Causal<unknown>>;
  readonly dots: DotStore<unknown>;
  view(cell: Cell<Causal<unknown>>): View;
  value(state: unknown): Value;
  /** Whether nothing is seen of a state that holds something; without it, all that is held is seen. */
  isEmpty?(state: unknown): boolean;
  /** Puts a value back where a reset has left nothing. */
  restore(view: View, value: Value): void;
  /** Forgets what no change can need that is made by replicas which had seen `operations` of the document. */
  forget?(state: unknown, operations: number): void;
}

/** Whether all events are this replica's own: what others wrote since is not to be undone. */
export function isOwn(dots: DotSet | DotFun<unknown>, replica: string): boolean {
  return dots.every(({ id }) => id === replica);
}
