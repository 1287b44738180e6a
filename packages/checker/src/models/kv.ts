import { canonical, same } from "../history/canonical.ts";
import { illegal, type Model, type PartKey, unseen } from "../linearizability/model.ts";
import { oneOf } from "./input.ts";
import { shown, unknownOperation } from "./register.ts";

/** What a key-value store can be asked. Every operation touches one key. */
export type KvInput<Value = unknown> =
  | { readonly op: "get"; readonly key: PartKey }
  | { readonly op: "put"; readonly key: PartKey; readonly value: Value }
  | { readonly op: "append"; readonly key: PartKey; readonly value: string }
  | { readonly op: "delete"; readonly key: PartKey }
  | { readonly op: "cas"; readonly key: PartKey; readonly from: Value | null; readonly to: Value };

/** A get answers the value, null when there is none; a compare-and-set whether it wrote; the others anything. */
export type KvOutput<Value = unknown> = Value | boolean | null | undefined;

/**
 * A map of independent keys, judged key by key. `append` adds text to the end of a text (nothing there counts
 * as the empty text).
 */
export const kv: Model<unknown, KvInput, KvOutput> = {
  name: "kv",
  accepts: oneOf("get", "put", "append", "delete", "cas"),
  initial: () => null,
  partition: (input) => input.key,
  step(state, input, output) {
    switch (input.op) {
      case "get":
        return output === unseen || same(output ?? null, state) ? state : illegal;
      case "put":
        return input.value;
      case "append":
        return `${state ?? ""}${input.value}`;
      case "delete":
        return null;
      case "cas": {
        const wrote = same(state, input.from);
        if (output !== unseen && output !== wrote) return illegal;
        return wrote ? input.to : state;
      }
      default:
        throw unknownOperation("kv", input);
    }
  },
  access(input, output) {
    switch (input.op) {
      case "get":
        return output === unseen ? {} : { finds: output ?? null };
      case "put":
        return { leaves: input.value };
      case "delete":
        return { leaves: null };
      case "cas":
        return output === false ? {} : { finds: input.from, leaves: input.to };
      default:
        return undefined;
    }
  },
  describe(input, output) {
    const key = canonical(input.key);
    switch (input.op) {
      case "get":
        return `get ${key} → ${shown(output)}`;
      case "put":
      case "append":
        return `${input.op} ${key} ${shown(input.value)}`;
      case "delete":
        return `delete ${key}`;
      case "cas":
        return `cas ${key} ${shown(input.from)} → ${shown(input.to)}: ${shown(output)}`;
      default:
        throw unknownOperation("kv", input);
    }
  },
};
