import test from "ava";
import fc from "fast-check";
import { InvalidNodeIdError, isNodeId, memoryNetwork } from "../src/index.ts";

const names = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.stringMatching(/^[A-Za-z0-9._-]{0,70}$/),
  fc.constantFrom("a\n", "\u0430", "a b", "a/b"),
);

test("whatever can name a node, a transport takes, and nothing else", (t) => {
  const network = memoryNetwork();
  fc.assert(
    fc.property(names, (name) => {
      try {
        const transport = network.transport(name);
        void transport[Symbol.asyncDispose]();
        return isNodeId(name);
      } catch (error) {
        return error instanceof InvalidNodeIdError && !isNodeId(name);
      }
    }),
  );
  for (const other of [undefined, null, 7, {}, ["a"], ""]) t.false(isNodeId(other));
});
