/** What a model answers when an operation cannot have happened in a state. */
export const illegal: unique symbol = Symbol("illegal");

/** Stands in for the output of an operation whose answer nobody saw. */
export const unseen: unique symbol = Symbol("unseen");

/** An output, or `unseen`. */
export type Seen<Output> = Output | typeof unseen;

/** A sequential specification: what the system would do if it did one operation at a time. */
export interface Model<State, Input, Output> {
  /** Named in reports. */
  readonly name: string;
  /** Whether an input is one of the model's: a history that holds another is refused, and the operation named. */
  accepts?(input: unknown): boolean;
  /** The state before the first operation. `part` is what `partition` answered, undefined without one. */
  initial(part: PartKey | undefined): State;
  /**
   * The state after `input` answered `output` in `state`, or `illegal` when it cannot have. When `output` is
   * `unseen`, any answer the specification allows will do. Must not change `state`.
   */
  step(state: State, input: Input, output: Seen<Output>): State | typeof illegal;
  /**
   * Which part of the system an operation touches, when the parts are independent objects (keys of a map): a
   * history is linearizable when each part is, and parts are far cheaper to judge than the whole. Undefined
   * means all of it, and one such operation joins the history into one part.
   */
  partition?(input: Input): PartKey | undefined;
  /**
   * True for an operation that changes no state whatever, given its output. Saying so is optional and never
   * changes a verdict; it saves most of the search in histories with many reads.
   */
  readOnly?(input: Input, output: Seen<Output>): boolean;
  /**
   * Which state an operation must have found and which it left, where that is all it does: see `Access`.
   * Optional too, but with it histories of many busy clients become feasible: the search sees dead ends ahead,
   * and reads and writes of distinct values alone are judged in O(n log n). Undefined for any other operation.
   */
  access?(input: Input, output: Seen<Output>): Access<State> | undefined;
  /** A primitive that two states share exactly when they are equal. Without it states are compared by content. */
  key?(state: State): string | number;
  /** How an operation is shown to people. */
  describe?(input: Input, output: Seen<Output>): string;
}

/**
 * A read finds a state, a write leaves one, a compare-and-set that wrote does both, one that did not write, or a
 * read that nobody saw the answer of, neither. With `finds`, the operation is legal in that state alone. Without
 * `leaves`, it changes no state whatever (it need not be named by `readOnly` again); with it, it leaves that
 * state, or, when unseen, may have changed nothing.
 */
export interface Access<State> {
  readonly finds?: State;
  readonly leaves?: State;
}

/** Names an independent part of a system. */
export type PartKey = string | number;

/**
 * A specification that may go several ways: `step` answers every state that may follow, none when the operation
 * cannot have happened. Turned into a model by `nondeterministic`.
 */
export interface NondeterministicModel<State, Input, Output>
  extends Omit<Model<State, Input, Output>, "initial" | "step" | "key" | "access"> {
  /** Every state the system may start in. */
  initial(part: PartKey | undefined): Iterable<State>;
  /** Every state that may follow. */
  step(state: State, input: Input, output: Seen<Output>): Iterable<State>;
  /** As in `Model`. */
  key?(state: State): string | number;
}
