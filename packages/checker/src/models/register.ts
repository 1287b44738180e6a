import { ModelError } from "../errors.ts";
import { canonical, same } from "../history/canonical.ts";
import { illegal, type Model, type Seen, unseen } from "../linearizability/model.ts";
import { oneOf } from "./input.ts";

/** What a register can be asked. */
export type RegisterInput<Value> =
  | { readonly op: "read" }
  | { readonly op: "write"; readonly value: Value }
  | { readonly op: "cas"; readonly from: Value | null; readonly to: Value };

/** A read answers the value, null before the first write; a compare-and-set whether it wrote; a write anything. */
export type RegisterOutput<Value> = Value | boolean | null | undefined;

/** One value that is read, written, and compared and set. Holds null before the first write. */
export const register: Model<unknown, RegisterInput<unknown>, RegisterOutput<unknown>> = {
  name: "register",
  accepts: oneOf("read", "write", "cas"),
  initial: () => null,
  step(state, input, output) {
    switch (input.op) {
      case "read":
        return output === unseen || same(output ?? null, state) ? state : illegal;
      case "write":
        return input.value;
      case "cas": {
        const wrote = same(state, input.from);
        if (output !== unseen && output !== wrote) return illegal;
        return wrote ? input.to : state;
      }
      default:
        throw unknownOperation("register", input);
    }
  },
  access(input, output) {
    switch (input.op) {
      case "read":
        return output === unseen ? {} : { finds: output ?? null };
      case "write":
        return { leaves: input.value };
      case "cas":
        return output === false ? {} : { finds: input.from, leaves: input.to };
      default:
        return undefined;
    }
  },
  describe(input, output) {
    switch (input.op) {
      case "read":
        return `read → ${shown(output)}`;
      case "write":
        return `write ${shown(input.value)}`;
      case "cas":
        return `cas ${shown(input.from)} → ${shown(input.to)}: ${shown(output)}`;
      default:
        throw unknownOperation("register", input);
    }
  },
};

/** The error for an input that a model does not know. */
export function unknownOperation(model: string, input: unknown): ModelError {
  return new ModelError(`model ${model} knows no operation ${JSON.stringify(input)}`);
}

/** A value as people read it; a question mark for an answer that nobody saw. */
export function shown(value: Seen<unknown>): string {
  return value === unseen ? "?" : canonical(value);
}
