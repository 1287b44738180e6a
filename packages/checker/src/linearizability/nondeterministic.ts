import { canonical } from "../history/canonical.ts";
import { illegal, type Model, type NondeterministicModel } from "./model.ts";

/** The states a system may be in, each once, under its key. */
export type PossibleStates<State> = ReadonlyMap<string | number, State>;

/**
 * Makes a model of a specification that may go several ways (the powerset construction of Rabin and
 * Scott 1959): its state is the set of all states the system may be in, and an
 * operation is legal when at least one of them allows it.
 */
export function nondeterministic<State, Input, Output>(
  specification: NondeterministicModel<State, Input, Output>,
): Model<PossibleStates<State>, Input, Output> {
  const keyOf = (state: State): string | number => specification.key?.(state) ?? canonical(state);
  const collect = (states: Iterable<State>, into: Map<string | number, State>): void => {
    for (const state of states) into.set(keyOf(state), state);
  };
  const { name, partition, readOnly, describe } = specification;
  return {
    name,
    initial(part) {
      const states = new Map<string | number, State>();
      collect(specification.initial(part), states);
      return states;
    },
    step(states, input, output) {
      const next = new Map<string | number, State>();
      for (const state of states.values()) collect(specification.step(state, input, output), next);
      return next.size === 0 ? illegal : next;
    },
    key: (states) => canonical([...states.keys()].sort()),
    ...(partition && { partition: partition.bind(specification) }),
    ...(readOnly && { readOnly: readOnly.bind(specification) }),
    ...(describe && { describe: describe.bind(specification) }),
  };
}
