import { illegal, type Model, type Seen, unseen } from "../linearizability/model.ts";
import { oneOf } from "./input.ts";
import { shown, unknownOperation } from "./register.ts";

/** What a lock can be asked. `owner` is who would hold it. */
export type LockInput =
  | { readonly op: "acquire"; readonly owner: string | number }
  | { readonly op: "release"; readonly owner: string | number };

/** Whether it was acquired or released. An acquired lock may answer its fencing token, a number, instead of true. */
export type LockOutput = boolean | number;

/** Who holds the lock, and the highest fencing token handed out. */
export interface LockState {
  readonly holder: string | number | null;
  readonly token: number;
}

/**
 * A lock that one owner holds at a time and that does not expire. It cannot be acquired twice, not even by its
 * holder, and only its holder releases it. Fencing tokens must grow.
 */
export const lock: Model<LockState, LockInput, LockOutput> = {
  name: "lock",
  accepts: oneOf("acquire", "release"),
  initial: () => ({ holder: null, token: Number.NEGATIVE_INFINITY }),
  step(state, input, output) {
    switch (input.op) {
      case "acquire":
        return acquire(state, input.owner, output);
      case "release": {
        const released = state.holder === input.owner;
        if (output !== unseen && output !== released) return illegal;
        return released ? { ...state, holder: null } : state;
      }
      default:
        throw unknownOperation("lock", input);
    }
  },
  readOnly: (_input, output) => output === false,
  describe: (input, output) => `${input.op} by ${input.owner} → ${shown(output)}`,
};

function acquire(
  state: LockState,
  owner: string | number,
  output: Seen<LockOutput>,
): LockState | typeof illegal {
  const free = state.holder === null;
  if (output === unseen) return free ? { ...state, holder: owner } : state;
  if ((output !== false) !== free) return illegal;
  if (typeof output !== "number") return free ? { ...state, holder: owner } : state;
  return output > state.token ? { holder: owner, token: output } : illegal;
}
