import { illegal, type Model, unseen } from "../linearizability/model.ts";
import { oneOf } from "./input.ts";
import { shown, unknownOperation } from "./register.ts";

/** What a counter can be asked. A negative `by` counts down. */
export type CounterInput = { readonly op: "add"; readonly by: number } | { readonly op: "read" };

/** `read` answers the value; `add` the value after it, or null when the system does not say. */
export type CounterOutput = number | null | undefined;

/** A number that starts at 0 and is added to. */
export const counter: Model<number, CounterInput, CounterOutput> = {
  name: "counter",
  accepts: oneOf("add", "read"),
  initial: () => 0,
  step(state, input, output) {
    switch (input.op) {
      case "add": {
        const sum = state + input.by;
        return output === unseen || output === null || output === undefined || output === sum ? sum : illegal;
      }
      case "read":
        return output === unseen || output === state ? state : illegal;
      default:
        throw unknownOperation("counter", input);
    }
  },
  readOnly: (input) => input.op === "read",
  describe: (input, output) =>
    input.op === "read" ? `read → ${shown(output)}` : `add ${input.by} → ${shown(output)}`,
};
