// Bytes that nobody wrote, under a right checksum, for everything that takes bytes in: refused whole, or taken in whole.
import test from "ava";
import { attack } from "./hostile/target.ts";
import { targets } from "./hostile/targets.ts";

for (const target of targets)
  test(`${target.name}: mutated bytes are refused whole, or are valid`, (t) => {
    const { refused, equal, other } = attack(target, 100, 1);
    t.is(refused + equal + other, 100);
  });
