// Bytes that nobody wrote, under a right checksum, for everything that takes bytes in: refused whole, or taken in whole.
import test from "ava";
import { CrdtError, createDocument, decodeDocument, schema } from "../src/index.ts";
import { attack } from "./hostile/target.ts";
import { targets } from "./hostile/targets.ts";
import { resealed } from "./worlds/mutations.ts";

/** Of each kind; the long form tries as many as one wants. */
const runs = 100;

for (const target of targets)
  test(`${target.name}: mutated bytes are refused whole, or are valid`, (t) => {
    const { refused, equal, other } = attack(target, runs, 1);
    t.is(refused + equal + other, runs);
  });

test("a document whose history does not lead to what it holds is refused", (t) => {
  const shape = schema.map({ votes: schema.counter() });
  const source = createDocument(shape, { replica: "a", history: true });
  source.root.votes.add(3);
  const bytes = source.encode({ history: true });
  let refused = 0;
  for (let at = 0; at < bytes.length - 4; at++) {
    try {
      const document = decodeDocument(shape, resealed(bytes, [[at, 8, "set"]]), {
        replica: "b",
        history: true,
      });
      t.deepEqual(document.at(document.version()), document.value());
    } catch (error) {
      if (!(error instanceof CrdtError)) throw error;
      if (error.message.includes("does not lead to")) refused++;
    }
  }
  // What is counted stands once in the state, and once in the change.
  t.is(refused, 2);
});
