import type { Model } from "./model.ts";
import type { Call, States } from "./states.ts";

const NONE = -1;

/**
 * Which states are still needed, and which can still come about. Leaving a state for good that some completed
 * operation has yet to find (a value overwritten before all its reads) is a dead end, which the search would
 * otherwise learn only after trying every order of what comes behind.
 */
export class Outlook {
  /** For each operation: the state it must find, or NONE. Only completed operations must happen. */
  readonly #finds: Int32Array;
  /** For each operation: the state it leaves, or NONE. */
  readonly #leaves: Int32Array;
  /** For each state: how many operations not yet linearized must find it. */
  readonly #needed: Int32Array;
  /** For each state: how many operations not yet linearized leave it. */
  readonly #makers: Int32Array;

  private constructor(finds: Int32Array, leaves: Int32Array, states: number) {
    this.#finds = finds;
    this.#leaves = leaves;
    this.#needed = new Int32Array(states);
    this.#makers = new Int32Array(states);
    for (const state of finds) if (state !== NONE) this.#needed[state]!++;
    for (const state of leaves) if (state !== NONE) this.#makers[state]!++;
  }

  /** Undefined when the model does not tell of every call what it finds and leaves. */
  static of<State, Input, Output>(
    model: Model<State, Input, Output>,
    calls: readonly Call<Input, Output>[],
    required: number,
    states: States<State, Input, Output>,
  ): Outlook | undefined {
    if (model.access === undefined) return undefined;
    const finds = new Int32Array(calls.length).fill(NONE);
    const leaves = new Int32Array(calls.length).fill(NONE);
    for (const [operation, { input, output }] of calls.entries()) {
      const access = model.access(input, output);
      if (access === undefined) return undefined;
      if ("finds" in access && operation < required) finds[operation] = states.number(access.finds);
      if ("leaves" in access) leaves[operation] = states.number(access.leaves);
    }
    return new Outlook(finds, leaves, states.count);
  }

  /** True when `operation` leads out of a state that is still needed by others and cannot come back. */
  strands(operation: number, state: number): boolean {
    // A state that appeared later than the numbering is named by no operation.
    if (state >= this.#needed.length || this.#makers[state] !== 0) return false;
    return this.#needed[state]! > (this.#finds[operation] === state ? 1 : 0);
  }

  linearize(operation: number): void {
    this.#count(operation, -1);
  }

  takeBack(operation: number): void {
    this.#count(operation, 1);
  }

  #count(operation: number, by: 1 | -1): void {
    const finds = this.#finds[operation]!;
    const leaves = this.#leaves[operation]!;
    if (finds !== NONE) this.#needed[finds]! += by;
    if (leaves !== NONE) this.#makers[leaves]! += by;
  }
}
