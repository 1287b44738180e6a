import { ModelError } from "../errors.ts";
import { canonical } from "../history/canonical.ts";
import type { ProcessId } from "../history/operation.ts";
import { illegal, type Model, type PartKey, type Seen } from "./model.ts";

/** One operation as the search sees it. */
export interface Call<Input, Output> {
  /** Its index in the whole history. */
  readonly index: number;
  readonly process: ProcessId;
  readonly invokedAt: number;
  /** Infinity for an operation that may never have happened. */
  readonly completedAt: number;
  /** When its process could call again: as `completedAt`, but known of an operation cut off before its answer too. */
  readonly freeAt: number;
  readonly input: Input;
  readonly output: Seen<Output>;
}

/** The states a model has been in, each once, numbered from 0 (the initial one) in the order they appeared. */
export class States<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #states: State[] = [];
  readonly #byKey = new Map<unknown, number>();
  // Contents of composite states are kept apart from primitive ones: "[1]" is not [1].
  readonly #byContent = new Map<string, number>();

  constructor(model: Model<State, Input, Output>, part: PartKey | undefined) {
    this.#model = model;
    this.number(model.initial(part));
  }

  /** How many there are. */
  get count(): number {
    return this.#states.length;
  }

  /** The number of the state that follows, -1 when the call is illegal in this one. */
  step(state: number, call: Call<unknown, unknown>): number {
    const next = this.#model.step(this.#states[state]!, call.input as Input, call.output as Seen<Output>);
    return next === illegal ? -1 : this.number(next);
  }

  /** The number of a state, a new one when it was not met before. */
  number(state: State): number {
    const key: unknown = this.#model.key === undefined ? state : this.#model.key(state);
    if (typeof key === "function" || typeof key === "symbol") {
      throw new ModelError(`model ${this.#model.name}: a ${typeof key} cannot be a state`);
    }
    const composite = typeof key === "object" && key !== null;
    return composite
      ? numbered(this.#byContent, canonical(key), state, this.#states)
      : numbered(this.#byKey, key, state, this.#states);
  }
}

function numbered<Key, State>(numbers: Map<Key, number>, key: Key, state: State, states: State[]): number {
  let number = numbers.get(key);
  if (number === undefined) {
    number = states.push(state) - 1;
    numbers.set(key, number);
  }
  return number;
}
