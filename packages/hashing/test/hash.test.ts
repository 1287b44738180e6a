import test from "ava";
import fc from "fast-check";
import { even, waiting } from "../src/hash/logarithm.ts";
import { cellStart, mix, scale } from "../src/hash/mix.ts";
import { murmur3 } from "../src/index.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

// Published values of MurmurHash3_x86_32.
const known: readonly (readonly [string, number, number])[] = [
  ["", 0, 0],
  ["", 1, 0x514e28b7],
  ["", 0xffffffff, 0x81f16f39],
  ["test", 0, 0xba6bd213],
  ["test", 0x9747b28c, 0x704b81dc],
  ["Hello, world!", 0, 0xc0363e43],
  ["Hello, world!", 0x9747b28c, 0x24884cba],
  ["The quick brown fox jumps over the lazy dog", 0, 0x2e4ff723],
  ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ["aaa", 0x9747b28c, 0x283e0130],
  ["ππππππππ", 0x9747b28c, 0xd58063c1],
];

test("murmur3 gives the published values", (t) => {
  for (const [text, seed, hash] of known) {
    t.is(murmur3.bytes(bytesOf(text), seed), hash, text);
    t.is(murmur3.string!(text, seed), hash, text);
  }
  t.is(murmur3.bytes(Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0), 0xf55b516b);
  t.is(murmur3.bytes(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0), 0x76293b50);
});

test("a string's hash is its UTF-8 bytes' hash, whatever it holds", (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), fc.nat(), (text, seed) => {
      t.is(murmur3.string!(text, seed), murmur3.bytes(bytesOf(text), seed));
    }),
  );
});

test("one letter beyond ASCII is seen wherever it stands", (t) => {
  for (let before = 0; before < 9; before++) {
    for (let after = 0; after < 9; after++) {
      const text = `${"x".repeat(before)}é${"y".repeat(after)}`;
      t.is(murmur3.string!(text, 0), murmur3.bytes(bytesOf(text), 0));
    }
  }
});

test("an integer's hash is its int64's hash", (t) => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat(), (value, seed) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
      t.is(murmur3.integer!(value, seed), murmur3.bytes(bytes, seed));
    }),
  );
  t.is(murmur3.integer!(-0, 0), murmur3.integer!(0, 0));
});

test("one bit of the input flips each bit of the hash about half the time", (t) => {
  const flips = new Array<number>(32).fill(0);
  const trials = 20_000;
  for (let i = 0; i < trials; i++) {
    const difference = murmur3.integer!(i, 0) ^ murmur3.integer!(i ^ (1 << (i % 20)), 0);
    for (let bit = 0; bit < 32; bit++) flips[bit] = flips[bit]! + ((difference >>> bit) & 1);
  }
  for (const count of flips) t.true(Math.abs(count / trials - 0.5) < 0.02);
});

test("mix is a bijection as far as one can look", (t) => {
  const seen = new Set<number>();
  for (let i = 0; i < 100_000; i++) seen.add(mix(i * 42_949));
  t.is(seen.size, 100_000);
});

test("cells: the start of a cell is the first hash that scales to it", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_048_576 }), fc.nat(), (count, pick) => {
      const cell = pick % count;
      const start = cellStart(cell, count);
      t.is(scale(start, count), cell);
      if (start > 0) t.is(scale(start - 1, count), cell - 1);
      t.is(scale(0xffffffff, count), count - 1);
      t.is(cellStart(count, count), 2 ** 32);
    }),
  );
});

test("waiting is the logarithm to within a few bits, and falls as scores rise", (t) => {
  const edges = fc.constantFrom(0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff);
  fc.assert(
    fc.property(fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), edges), (score) => {
      const truth = -Math.log((score + 0.5) / 2 ** 32);
      t.true(Math.abs(waiting(even(score)) - truth) <= 1e-15 * truth + 1e-25);
      if (score > 0) t.true(waiting(even(score)) < waiting(even(score - 1)));
    }),
    { numRuns: 2000 },
  );
  t.is(waiting(1), 0);
  t.is(waiting(0), Infinity);
  t.true(Math.abs(waiting(1e-300) + Math.log(1e-300)) < 1e-12);
});
