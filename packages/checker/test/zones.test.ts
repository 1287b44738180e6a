import test from "ava";
import fc from "fast-check";
import { checkLinearizable } from "../src/linearizability/check.ts";
import { unseen } from "../src/linearizability/model.ts";
import type { Call } from "../src/linearizability/states.ts";
import { judgeByZones } from "../src/linearizability/zones.ts";
import { kv } from "../src/models/kv.ts";
import { type RegisterInput, type RegisterOutput, register } from "../src/models/register.ts";
import { smallHistory } from "./arbitrary.ts";
import { linearizableHistory, withStaleRead } from "./histories.ts";
import { isLinearizable, isLinearization } from "./oracle.ts";

type Io = { input: RegisterInput<unknown>; output: RegisterOutput<unknown> };

/** Reads answer one of the values that the first operations would write; each write has its own. */
const distinctWrites = smallHistory(
  fc.oneof(
    fc.record({ input: fc.constant({ op: "read" }), output: fc.oneof(fc.nat(6), fc.constant(null)) }),
    fc.constant({ input: { op: "write", value: 0 }, output: null }),
  ) as fc.Arbitrary<Io>,
  7,
).map((history) =>
  history.map((operation, i) =>
    operation.input.op === "write" ? { ...operation, input: { op: "write" as const, value: i } } : operation,
  ),
);

const { access: _, ...bareRegister } = register;
const searchedRegister: typeof register = { ...bareRegister, readOnly: (input) => input.op === "read" };
const { access: __, ...bareKv } = kv;
const searchedKv: typeof kv = { ...bareKv, readOnly: (input) => input.op === "get" };

test("distinct writes: zones, search and trying every order agree", (t) => {
  const seen = { linearizable: 0, illegal: 0, zones: 0 };
  fc.assert(
    fc.property(distinctWrites, (history) => {
      const report = checkLinearizable(history, register);
      const searched = checkLinearizable(history, searchedRegister);
      const expected = isLinearizable(history, register) ? "linearizable" : "illegal";
      seen[expected]++;
      t.deepEqual([report.verdict, searched.verdict], [expected, expected]);
      const part = report.parts[0]!;
      if (expected === "linearizable")
        t.true(isLinearization(history, part.operations, part.order, register));
      else {
        const at = history[part.blocked!]!.completedAt;
        t.is(at, history[searched.violation!.blocked!]!.completedAt);
        t.true(isLinearization(history, [...part.order], part.order, register));
      }
      const calls = history.flatMap((operation, index): Call<RegisterInput<unknown>, unknown>[] => {
        if (operation.outcome === "failed") return [];
        const ok = operation.outcome === "ok";
        const { process, invokedAt, input } = operation;
        const completedAt = ok ? operation.completedAt : Number.POSITIVE_INFINITY;
        return [
          {
            index,
            process,
            invokedAt,
            completedAt,
            freeAt: completedAt,
            input,
            output: ok ? operation.output : unseen,
          },
        ];
      });
      const byZones = judgeByZones(register, undefined, calls);
      if (byZones) t.is(byZones.verdict, expected);
      if (byZones) seen.zones++;
    }),
    { numRuns: 10_000 },
  );
  t.log(seen);
  t.true(seen.linearizable > 1000 && seen.illegal > 1000 && seen.zones > 8000);
});

test("a process's order at one time counts, even across a write that it never saw end", (t) => {
  const at = { process: 1, invokedAt: 0 };
  const read = (output: number | null) => {
    return { ...at, completedAt: 0, input: { op: "read" as const }, output, outcome: "ok" as const };
  };
  const lost = { ...at, input: { op: "write" as const, value: 1 }, outcome: "unknown" as const };
  t.is(checkLinearizable([lost, read(1), read(null)], register).verdict, "illegal");
  t.is(checkLinearizable([lost, read(null), read(1)], register).verdict, "linearizable");
});

test("longer histories: zones find the same verdict and the same breaking completion as the search", (t) => {
  for (let seed = 0; seed < 60; seed++) {
    const right = linearizableHistory({ seed, operations: 120, clients: 5, keys: 1, unknown: 0.05 });
    const wrong = withStaleRead(right, (seed % 8) / 10);
    t.is(checkLinearizable(right, kv).verdict, "linearizable");
    t.is(checkLinearizable(right, searchedKv).verdict, "linearizable");
    const byZones = checkLinearizable(wrong, kv).violation;
    const bySearch = checkLinearizable(wrong, searchedKv).violation;
    t.truthy(byZones);
    t.is(byZones?.blocked, bySearch?.blocked);
  }
});

test("fifty clients on one register are judged, right and wrong", (t) => {
  const right = linearizableHistory({ seed: 1, operations: 1000, clients: 50, keys: 1 });
  const wrong = withStaleRead(right, 0.5);
  const report = checkLinearizable(right, kv, { budget: { steps: 0 } });
  t.is(report.verdict, "linearizable");
  t.is(report.parts[0]!.order.length, 1000);
  t.is(checkLinearizable(wrong, kv, { budget: { steps: 0 } }).verdict, "illegal");
});

test("a value written twice, a compare-and-set or a delete leaves the verdict to the search", (t) => {
  const write = { process: 1, invokedAt: 0, completedAt: 1, outcome: "ok" as const, output: null };
  const noSteps = { budget: { steps: 0 } };
  const verdictOf = (inputs: readonly object[]): string => {
    const history = inputs.map((input, i) => ({ ...write, process: i, input: { key: "x", ...input } }));
    return checkLinearizable(history as Parameters<typeof checkLinearizable>[0], kv as never, noSteps)
      .verdict;
  };
  t.is(verdictOf([{ op: "put", value: 1 }]), "linearizable");
  for (const other of [{ op: "put", value: 1 }, { op: "cas", from: 1, to: 2 }, { op: "delete" }]) {
    t.is(verdictOf([{ op: "put", value: 1 }, other]), "unknown");
  }
});
