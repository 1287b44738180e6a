import { crc32 } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { checksum } from "../src/journal/checksum.ts";

test("the checksum of short and long stretches is the one of zlib, wherever they lie and whatever it starts from", (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 600 }),
      fc.nat(20),
      fc.nat(20),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      (bytes, before, after, seed) => {
        const from = Math.min(before, bytes.length);
        const to = Math.max(from, bytes.length - after);
        t.is(checksum(bytes, from, to, seed), crc32(bytes.subarray(from, to), seed));
      },
    ),
    { numRuns: 1_000 },
  );
});
