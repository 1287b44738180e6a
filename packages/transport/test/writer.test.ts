import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { FastWriter } from "@coterie/transport";
import test from "ava";
import fc from "fast-check";

/** One call on a writer. A fork carries what is written inside it. */
type Step = { name: Scalar; value: unknown } | { name: "fork"; inside: Step[] };
type Scalar = Exclude<keyof BinaryWriter, "finish" | "fork" | "join" | "tag">;

const uint32 = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff }));
const int32 = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer());
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: fc.constantFrom("é", "€", "𝄞", "\ud800", "\udc00", "a"), maxLength: 150 }),
  fc.constantFrom("x".repeat(127), "x".repeat(128), "é".repeat(64), "é".repeat(63), "€".repeat(6000)),
);
const unsigned64 = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
);
const signed64 = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
);

const values: Record<Scalar, fc.Arbitrary<unknown>> = {
  raw: fc.uint8Array({ maxLength: 300 }),
  bytes: fc.uint8Array({ maxLength: 300 }),
  uint32,
  int32,
  sint32: int32,
  fixed32: uint32,
  sfixed32: int32,
  bool: fc.boolean(),
  string: text,
  float: fc.oneof(fc.float(), fc.constant(-0)),
  double: fc.double(),
  uint64: unsigned64,
  fixed64: unsigned64,
  int64: signed64,
  sint64: signed64,
  sfixed64: signed64,
};

const { steps } = fc.letrec<{ steps: Step[] }>((tie) => ({
  steps: fc.array(
    fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(
        ...Object.entries(values).map(([name, value]) =>
          value.map((v): Step => ({ name: name as Scalar, value: v })),
        ),
      ),
      tie("steps").map((inside): Step => ({ name: "fork", inside: inside as Step[] })),
    ),
    { maxLength: 12 },
  ),
}));

function write(writer: BinaryWriter, list: readonly Step[]): BinaryWriter {
  for (const step of list) {
    if (step.name === "fork") write(writer.fork(), step.inside).join();
    else (writer[step.name] as (value: unknown) => void).call(writer, step.value);
  }
  return writer;
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

test("writes what the stock writer writes", (t) => {
  fc.assert(
    fc.property(steps, (list) =>
      same(write(new FastWriter(1), list).finish(), write(new BinaryWriter(), list).finish()),
    ),
    { numRuns: 2_000 },
  );
  t.pass();
});

test("refuses what the stock writer refuses", (t) => {
  const odd = fc.oneof(
    fc.double(),
    fc.constantFrom(
      -1,
      2 ** 32,
      2 ** 31,
      -(2 ** 31) - 1,
      0.5,
      Number.NaN,
      Infinity,
      2 ** 64,
      -(2 ** 63) - 1e4,
      3.5e38,
    ),
  );
  const name = fc.constantFrom<Scalar>(
    ...(Object.keys(values) as Scalar[]).filter((n) => !["raw", "bytes", "string", "bool"].includes(n)),
  );
  const outcome = (writer: BinaryWriter, step: Step): string => {
    try {
      return Buffer.from(write(writer, [step]).finish()).toString("hex");
    } catch {
      return "refused";
    }
  };
  fc.assert(
    fc.property(name, odd, (n, value) => {
      const step: Step = { name: n, value };
      return outcome(new FastWriter(), step) === outcome(new BinaryWriter(), step);
    }),
    { numRuns: 3_000 },
  );
  t.pass();
});

test("frames that were cut off stay as they were, whatever is written behind them", (t) => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 10 }), (frames) => {
      const writer = new FastWriter(16);
      const cut = frames.map((list) => (write(writer, list) as FastWriter).cut());
      return frames.every((list, i) => same(cut[i]!, write(new BinaryWriter(), list).finish()));
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test("rewind takes back half a message, and numbers are filled in where room was left", (t) => {
  const writer = new FastWriter(1);
  writer.uint32(7);
  const position = writer.reserve32();
  const before = writer.length;
  writer.fork().string("half of it, and long enough to grow the buffer more than once".repeat(50));
  writer.rewind(before);
  t.throws(() => writer.join(), { message: /fork stack empty/ });
  writer.string("whole");
  writer.patch32(position, 0xfedc_ba98);
  const reader = new BinaryReader(writer.cut());
  t.is(reader.uint32(), 7);
  t.is(reader.fixed32(), 0xfedc_ba98);
  t.is(reader.string(), "whole");
});
