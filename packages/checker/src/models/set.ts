import { canonical } from "../history/canonical.ts";
import { illegal, type Model, unseen } from "../linearizability/model.ts";
import { oneOf } from "./input.ts";
import { shown, unknownOperation } from "./register.ts";

/** What a set can be asked. */
export type SetInput =
  | { readonly op: "add"; readonly value: unknown }
  | { readonly op: "remove"; readonly value: unknown }
  | { readonly op: "contains"; readonly value: unknown }
  | { readonly op: "read" };

/** `contains` answers true or false, `read` an array of the members in any order, the others anything. */
export type SetOutput = boolean | readonly unknown[] | null | undefined;

/**
 * A set of values, told apart by content. Judged member by member as long as nobody reads the whole set. A state
 * is the sorted list of its members, written as one text.
 */
export const set: Model<string, SetInput, SetOutput> = {
  name: "set",
  accepts: oneOf("add", "remove", "contains", "read"),
  initial: () => write([]),
  partition: (input) => (input.op === "read" ? undefined : canonical(input.value)),
  step(state, input, output) {
    switch (input.op) {
      case "add":
        return write([...membersOf(state), canonical(input.value)]);
      case "remove":
        return write(membersOf(state).filter((member) => member !== canonical(input.value)));
      case "contains": {
        const contains = membersOf(state).includes(canonical(input.value));
        return output === unseen || output === contains ? state : illegal;
      }
      case "read":
        if (output === unseen) return state;
        return Array.isArray(output) && write(output.map(canonical)) === state ? state : illegal;
      default:
        throw unknownOperation("set", input);
    }
  },
  readOnly: (input) => input.op === "read" || input.op === "contains",
  describe(input, output) {
    if (input.op === "read") return `read → ${shown(output)}`;
    return `${input.op} ${shown(input.value)}${input.op === "contains" ? ` → ${shown(output)}` : ""}`;
  },
};

function membersOf(state: string): string[] {
  return JSON.parse(state) as string[];
}

function write(members: readonly string[]): string {
  return JSON.stringify([...new Set(members)].sort());
}
