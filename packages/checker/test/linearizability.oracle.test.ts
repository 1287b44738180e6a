import test from "ava";
import fc from "fast-check";
import type { History } from "../src/history/operation.ts";
import { checkLinearizable } from "../src/linearizability/check.ts";
import { illegal, type Model } from "../src/linearizability/model.ts";
import { counter } from "../src/models/counter.ts";
import { type KvInput, type KvOutput, kv } from "../src/models/kv.ts";
import { lock } from "../src/models/lock.ts";
import { queue } from "../src/models/queue.ts";
import { register } from "../src/models/register.ts";
import { set } from "../src/models/set.ts";
import { smallHistory } from "./arbitrary.ts";
import { isLinearizable, isLinearization } from "./oracle.ts";

// FC_RUNS=N takes more histories, FC_SEED=N others.
const numRuns = Number(process.env.FC_RUNS ?? 3000);

const small = fc.nat(2);
const answer = fc.oneof(small, fc.constant(null));
const call = <I, O>(input: fc.Arbitrary<I>, output: fc.Arbitrary<O>) => fc.record({ input, output });

const read = { op: "read" as const };
const models = {
  register: [
    register,
    fc.oneof(
      call(fc.constant(read), answer),
      call(fc.record({ op: fc.constant("write"), value: small }), fc.constant(null)),
      call(fc.record({ op: fc.constant("cas"), from: small, to: small }), fc.boolean()),
    ),
  ],
  counter: [
    counter,
    fc.oneof(
      call(fc.constant(read), fc.integer({ min: -1, max: 3 })),
      call(fc.record({ op: fc.constant("add"), by: fc.constantFrom(1, 2, -1) }), answer),
    ),
  ],
  queue: [
    queue,
    fc.oneof(
      call(fc.constant({ op: "dequeue" }), answer),
      call(fc.record({ op: fc.constant("enqueue"), value: small }), fc.constant(null)),
    ),
  ],
  set: [
    set,
    fc.oneof(
      call(fc.constant(read), fc.uniqueArray(small, { maxLength: 2 })),
      call(
        fc.record({ op: fc.constantFrom("add", "remove", "contains"), value: small }),
        fc.constantFrom(true, false),
      ),
    ),
  ],
  lock: [
    lock,
    call(
      fc.record({ op: fc.constantFrom("acquire", "release"), owner: fc.constantFrom("a", "b") }),
      fc.constantFrom(true, true, false, 1, 2),
    ),
  ],
} as unknown as Record<
  string,
  [Model<unknown, unknown, unknown>, fc.Arbitrary<{ input: unknown; output: unknown }>]
>;

for (const [name, [model, calls]] of Object.entries(models)) {
  test(`${name}: every small history gets the verdict that trying every order gives`, (t) => {
    const seen = { linearizable: 0, illegal: 0 };
    fc.assert(
      fc.property(smallHistory(calls), (history) => {
        const whole = { ...model } as Model<unknown, unknown, unknown>;
        delete whole.partition;
        const report = checkLinearizable(history, whole);
        const expected = isLinearizable(history, whole) ? "linearizable" : "illegal";
        seen[expected]++;
        t.is(report.verdict, expected);
        t.is(checkLinearizable(history, model).verdict, expected);
        if (expected === "illegal") assertBreaksWhereItSays(t, history, whole);
        else t.true(isLinearization(history, report.parts[0]!.operations, report.parts[0]!.order, whole));
      }),
      { numRuns },
    );
    t.true(seen.linearizable > 200 && seen.illegal > 200, JSON.stringify(seen));
  });
}

/** The history cut before the blocked operation's completion is linearizable, and with it is not. */
function assertBreaksWhereItSays(
  t: { true(value: boolean): unknown },
  history: History,
  model: Model<unknown, unknown, unknown>,
): void {
  const { blocked, order } = checkLinearizable(history, model).violation!;
  const breaking = history[blocked!]!;
  // Looking ahead finds the same verdict sooner, and must blame the same completion.
  const { access: _, ...plain } = model;
  const plainly = checkLinearizable(history, plain as typeof model).violation!;
  t.true(history[plainly.blocked!]!.completedAt === breaking.completedAt);
  const cut = (keep: boolean): History =>
    history
      .filter((operation) => operation.invokedAt <= breaking.completedAt!)
      .map((operation) => {
        const over = operation.outcome === "ok" && operation.completedAt < breaking.completedAt!;
        if (operation.outcome !== "ok" || over || (keep && operation === breaking)) return operation;
        return { ...operation, outcome: "unknown", completedAt: undefined };
      });
  t.true(isLinearizable(cut(false), model));
  t.true(isLinearization(history, [...order], order, model));
}

const kvCall = fc.oneof(
  call(fc.record({ op: fc.constant("get"), key: fc.constantFrom("x", "y") }), answer),
  call(
    fc.record({ op: fc.constant("put"), key: fc.constantFrom("x", "y"), value: small }),
    fc.constant(null),
  ),
  call(fc.record({ op: fc.constant("delete"), key: fc.constantFrom("x", "y") }), fc.constant(null)),
) as fc.Arbitrary<{ input: KvInput; output: KvOutput }>;

/** The same store as one object: what judging key by key must agree with. */
const wholeStore: Model<Readonly<Record<string, unknown>>, KvInput, KvOutput> = {
  name: "kv as one object",
  initial: () => ({}),
  step(state, input, output) {
    const next = kv.step(state[input.key] ?? null, input, output);
    return next === illegal ? illegal : { ...state, [input.key]: next };
  },
};

test("kv: judging key by key agrees with judging the store as one object", (t) => {
  // The order of one process's calls that touch counts within a key only, as keys are judged apart.
  fc.assert(
    fc.property(smallHistory(kvCall, 6, 1), (history) => {
      const expected = isLinearizable(history, wholeStore) ? "linearizable" : "illegal";
      t.is(checkLinearizable(history, kv).verdict, expected);
      t.is(checkLinearizable(history, wholeStore).verdict, expected);
    }),
    { numRuns },
  );
});
