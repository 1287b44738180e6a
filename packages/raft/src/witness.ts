import { Replica, type StateMachine } from "@coterie/state-machine";
import { WitnessError } from "./errors.ts";
import type { ReadableSnapshot } from "./snapshot-sender.ts";
import { sumOf } from "./snapshot-sum.ts";

const refuse = (): never => {
  throw new WitnessError("have a state", null);
};

/** The state machine of a witness: there is nothing to apply to, nothing to ask, and nothing to save. */
export const nothing: StateMachine<never, never, never, never> = {
  commands: { encode: refuse, decode: refuse },
  results: { encode: refuse, decode: refuse },
  apply: refuse,
  query: refuse,
  snapshot: () => [],
  restore: async () => {},
};

/** What a witness needs of a snapshot: where the log stands, and who the members are. */
export function withoutState({ meta }: Pick<ReadableSnapshot, "meta">): ReadableSnapshot {
  return {
    meta,
    sum() {
      return sumOf(this.read(0));
    },
    async *read(offset) {
      let skip = offset;
      for await (const chunk of new Replica(nothing).snapshot()) {
        if (skip < chunk.length) yield chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
      }
    },
  };
}
