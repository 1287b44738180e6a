import { canonical } from "../history/canonical.ts";
import { illegal, type Model, type Seen, unseen } from "../linearizability/model.ts";
import { oneOf } from "./input.ts";
import { shown, unknownOperation } from "./register.ts";

/** What a queue can be asked. */
export type QueueInput = { readonly op: "enqueue"; readonly value: unknown } | { readonly op: "dequeue" };

/** `dequeue` answers the value, null when the queue is empty; `enqueue` anything. */
export type QueueOutput = unknown;

/** First in, first out, without a bound. A state is the list of its values, oldest first. */
export const queue: Model<readonly unknown[], QueueInput, QueueOutput> = {
  name: "queue",
  accepts: oneOf("enqueue", "dequeue"),
  initial: () => [],
  step(state, input, output) {
    switch (input.op) {
      case "enqueue":
        return [...state, input.value];
      case "dequeue":
        return matches(state[0], output) ? state.slice(1) : illegal;
      default:
        throw unknownOperation("queue", input);
    }
  },
  key: canonical,
  describe: (input, output) =>
    input.op === "dequeue" ? `dequeue → ${shown(output)}` : `enqueue ${shown(input.value)}`,
};

function matches(oldest: unknown, output: Seen<unknown>): boolean {
  return output === unseen || canonical(oldest ?? null) === canonical(output ?? null);
}
