import test from "ava";
import { CheckerOptionError, HistoryError, ModelError } from "../src/errors.ts";
import type { History, Operation } from "../src/history/operation.ts";
import { checkLinearizable } from "../src/linearizability/check.ts";
import { illegal, type Model, unseen } from "../src/linearizability/model.ts";
import { nondeterministic } from "../src/linearizability/nondeterministic.ts";
import { Search } from "../src/linearizability/search.ts";
import type { Call } from "../src/linearizability/states.ts";
import { type KvInput, type KvOutput, kv } from "../src/models/kv.ts";
import { set } from "../src/models/set.ts";
import { linearizableHistory, withStaleRead } from "./histories.ts";

const { access: _, ...bareKv } = kv;
const searchedKv: typeof kv = { ...bareKv, readOnly: (input) => input.op === "get" };
type Kv = Operation<KvInput, KvOutput>;

function put(process: number, invokedAt: number, completedAt: number, value: unknown, key = "x"): Kv {
  return { process, invokedAt, completedAt, input: { op: "put", key, value }, output: null, outcome: "ok" };
}

function get(process: number, invokedAt: number, completedAt: number, output: unknown, key = "x"): Kv {
  return { process, invokedAt, completedAt, input: { op: "get", key }, output, outcome: "ok" };
}

test("an empty history is linearizable", (t) => {
  t.like(checkLinearizable([], kv), { verdict: "linearizable", parts: [], steps: 0, violation: undefined });
});

test("a put of unknown outcome may take effect late, or never, but not before its call", (t) => {
  const lost: Kv = { process: 1, invokedAt: 5, input: { op: "put", key: "x", value: 1 }, outcome: "unknown" };
  for (const model of [kv, searchedKv]) {
    t.is(checkLinearizable([lost, get(2, 6, 7, null), get(2, 90, 91, 1)], model).verdict, "linearizable");
    t.is(checkLinearizable([lost, get(2, 6, 7, null)], model).verdict, "linearizable");
    t.is(checkLinearizable([lost, get(2, 1, 2, 1)], model).verdict, "illegal");
    t.is(checkLinearizable([lost, get(2, 6, 7, 1), get(2, 8, 9, null)], model).verdict, "illegal");
  }
});

test("a failed put has no effect, ever", (t) => {
  const failed: Kv = {
    process: 1,
    invokedAt: 0,
    input: { op: "put", key: "x", value: 1 },
    outcome: "failed",
  };
  t.is(checkLinearizable([failed, get(2, 1, 2, null)], kv).verdict, "linearizable");
  t.is(checkLinearizable([failed, get(2, 1, 2, 1)], kv).verdict, "illegal");
});

test("spans that touch overlap, except within one process", (t) => {
  for (const model of [kv, searchedKv]) {
    t.is(checkLinearizable([put(1, 0, 5, 1), get(2, 5, 9, null)], model).verdict, "linearizable");
    t.is(checkLinearizable([put(1, 0, 5, 1), get(1, 5, 9, null)], model).verdict, "illegal");
  }
});

test("a violation names the part, the operation and the order before it", (t) => {
  const history = [put(1, 0, 1, 1, "y"), put(1, 2, 3, 1), put(1, 4, 5, 2), get(2, 6, 7, 1), get(2, 8, 9, 2)];
  const { verdict, violation, parts } = checkLinearizable(history, searchedKv);
  t.is(verdict, "illegal");
  t.like(violation, { part: "x", operations: [1, 2, 3, 4], order: [1, 2], blocked: 3 });
  t.is(parts.find((part) => part.part === "y")?.verdict, "linearizable");
});

test("where the budget of steps ends, the verdict is unknown, and never another one than with more", (t) => {
  const right = linearizableHistory({ seed: 3, operations: 200, clients: 8, keys: 1 });
  const wrong = withStaleRead(right, 0.5);
  for (const [history, truth] of [
    [right, "linearizable"],
    [wrong, "illegal"],
  ] as const) {
    t.is(checkLinearizable(history, searchedKv).verdict, truth);
    for (const steps of [0, 1, 10, 100, 1_000, 5_000, 20_000]) {
      const report = checkLinearizable(history, searchedKv, { budget: { steps } });
      t.true(report.steps <= steps);
      t.true(report.verdict === "unknown" || report.verdict === truth);
    }
    t.is(checkLinearizable(history, searchedKv, { budget: { steps: 100 } }).verdict, "unknown");
  }
});

test("a limit of time reads the caller's clock and answers unknown", (t) => {
  const hard = withStaleRead(linearizableHistory({ seed: 4, operations: 300, clients: 25, keys: 1 }), 0.5);
  let looks = 0;
  const time = { now: () => looks++, limit: 20 };
  t.is(checkLinearizable(hard, searchedKv, { budget: { time } }).verdict, "unknown");
  t.true(looks > 10 && looks < 100);
});

test("a limit of memory answers unknown", (t) => {
  const hard = withStaleRead(linearizableHistory({ seed: 4, operations: 300, clients: 25, keys: 1 }), 0.5);
  const report = checkLinearizable(hard, searchedKv, { budget: { memoBytesMax: 1024 * 1024 } });
  t.is(report.verdict, "unknown");
  t.true(report.steps < 10_000_000);
});

test("a hard part does not use up the budget while another shows the violation", (t) => {
  const hard = linearizableHistory({ seed: 5, operations: 600, clients: 40, keys: 1 });
  const easy = [put(100, 0, 1, 1, "easy"), get(100, 2, 3, 7, "easy")];
  t.is(checkLinearizable(hard, searchedKv, { budget: { steps: 300_000 } }).verdict, "unknown");
  const report = checkLinearizable([...hard, ...easy], searchedKv, { budget: { steps: 300_000 } });
  t.is(report.violation?.part, "easy");
  t.true(report.steps < 20_000);
});

test("the same history gives the same report", (t) => {
  const history = withStaleRead(linearizableHistory({ seed: 6, operations: 400, clients: 8, keys: 3 }), 0.4);
  t.deepEqual(checkLinearizable(history, searchedKv), checkLinearizable(history, searchedKv));
});

test("a search taken up again after every step ends as one that is never interrupted", (t) => {
  for (let seed = 0; seed < 20; seed++) {
    const shape = { seed, operations: 40, clients: 4, keys: 1, unknown: 0.1, cas: 0.3, values: 3 };
    const calls = linearizableHistory(shape).map((operation, index): Call<KvInput, KvOutput> => {
      const ok = operation.outcome === "ok";
      const { process, invokedAt, input } = operation;
      const completedAt = ok ? operation.completedAt : Number.POSITIVE_INFINITY;
      return {
        index,
        process,
        invokedAt,
        completedAt,
        freeAt: completedAt,
        input,
        output: ok ? operation.output : unseen,
      };
    });
    const whole = new Search(kv, undefined, calls);
    const pieces = new Search(kv, undefined, calls);
    whole.run(1_000_000);
    while (pieces.run(1) === "unknown");
    t.deepEqual([pieces.verdict, pieces.order, pieces.steps], [whole.verdict, whole.order, whole.steps]);
  }
});

test("compare-and-set histories of many clients are judged", (t) => {
  for (let seed = 0; seed < 10; seed++) {
    const shape = { seed, operations: 300, clients: 8, keys: 1, cas: 0.4, values: 4, unknown: 0.03 };
    t.is(checkLinearizable(linearizableHistory(shape), kv).verdict, "linearizable");
  }
});

test("an answer is not blamed that another process's call at that very time explains", (t) => {
  // 2 is read just as process 1 turns from one put to the next; what breaks the history comes later.
  const history = [get(0, 0, 5, 2), put(2, 0, 1, 1), put(1, 3, 5, 1), put(1, 5, 6, 2), get(2, 7, 8, 0)];
  for (const model of [kv, searchedKv]) t.is(checkLinearizable(history, model).violation?.blocked, 4);
});

test("of two answers at one time the one is blamed that does not fit", (t) => {
  const history = [put(0, 0, 5, 1), get(0, 5, 5, null), put(1, 5, 5, 2)];
  for (const model of [kv, searchedKv]) t.is(checkLinearizable(history, model).violation?.blocked, 1);
});

test("an operation on every part joins the history into one", (t) => {
  const add = (process: number, invokedAt: number, value: string) => ({
    process,
    invokedAt,
    completedAt: invokedAt + 1,
    input: { op: "add" as const, value },
    output: null,
    outcome: "ok" as const,
  });
  const read = (invokedAt: number, output: string[]) => ({
    process: 9,
    invokedAt,
    completedAt: invokedAt + 1,
    input: { op: "read" as const },
    output,
    outcome: "ok" as const,
  });
  t.is(checkLinearizable([add(1, 0, "a"), add(2, 0, "b")], set).parts.length, 2);
  const whole = checkLinearizable([add(1, 0, "a"), add(2, 4, "b"), read(2, ["a"]), read(6, ["b", "a"])], set);
  t.like(whole, { verdict: "linearizable", parts: { length: 1 } });
  t.is(checkLinearizable([add(1, 0, "a"), add(2, 4, "b"), read(6, ["b"])], set).verdict, "illegal");
});

test("a nondeterministic model is legal where one of its ways is", (t) => {
  // A coin is flipped out of sight; every look afterwards sees the same side.
  type Input = "flip" | "look";
  const coin = nondeterministic<string, Input, string | null>({
    name: "coin",
    initial: () => ["heads"],
    step: (side, input, output) => {
      if (input === "flip") return ["heads", "tails"];
      return output === unseen || output === side ? [side] : [];
    },
    readOnly: (input) => input === "look",
  });
  const at = (time: number, input: Input, output: string | null): Operation<Input, string | null> => {
    return { process: 1, invokedAt: time, completedAt: time + 1, input, output, outcome: "ok" };
  };
  const look = (time: number, output: string) => at(time, "look", output);
  const flip = (time: number) => at(time, "flip", null);
  t.is(checkLinearizable([flip(0), look(2, "tails"), look(4, "tails")], coin).verdict, "linearizable");
  t.is(
    checkLinearizable([flip(0), look(2, "heads"), flip(4), look(6, "tails")], coin).verdict,
    "linearizable",
  );
  t.is(checkLinearizable([flip(0), look(2, "tails"), look(4, "heads")], coin).verdict, "illegal");
  t.is(checkLinearizable([look(2, "tails")], coin).verdict, "illegal");
});

test("states without a key are told apart by content, and those without content refused", (t) => {
  const visits = <S>(
    initial: S,
    add: (state: S, who: string) => S,
    has: (state: S, who: string) => boolean,
  ) => {
    const model: Model<S, { visit?: string; seen?: string }, boolean | null> = {
      name: "visits",
      initial: () => initial,
      step(state, input, output) {
        if (input.visit !== undefined) return add(state, input.visit);
        return output === unseen || output === has(state, input.seen!) ? state : illegal;
      },
    };
    return model;
  };
  const at = (invokedAt: number, input: { visit?: string; seen?: string }, output: boolean | null) => {
    return { process: invokedAt, invokedAt, completedAt: 10, input, output, outcome: "ok" as const };
  };
  const history = [at(1, { visit: "a" }, null), at(2, { visit: "b" }, null), at(3, { seen: "c" }, true)];
  const sets = visits<ReadonlySet<string>>(
    new Set(),
    (state, who) => new Set([...state, who]),
    (s, who) => s.has(who),
  );
  t.is(checkLinearizable(history, sets).verdict, "illegal");
  t.is(checkLinearizable(history.slice(0, 2), sets).verdict, "linearizable");
  class Opaque {}
  const opaque = visits(
    new Opaque(),
    () => new Opaque(),
    () => false,
  );
  t.throws(() => checkLinearizable(history, opaque), {
    instanceOf: ModelError,
    message: /give the model a `key`/,
  });
});

test("an operation the model does not know is an error, not a verdict", (t) => {
  const strange = [{ ...put(1, 0, 1, 1), input: { op: "swap", key: "x" } }] as unknown as Kv[];
  t.throws(() => checkLinearizable(strange, kv), { instanceOf: HistoryError, message: /swap/ });
});

test("a history that makes no sense is refused with its operation", (t) => {
  const refused = (history: unknown[], message: RegExp): void => {
    const error = t.throws(() => checkLinearizable(history as History<KvInput, KvOutput>, kv), {
      instanceOf: HistoryError,
      message,
    });
    t.is(error?.operation, history.length - 1);
    t.is(error?.code, "CHECKER_BAD_HISTORY");
  };
  refused([put(1, 5, 4, 1)], /before it was invoked/);
  refused([put(1, Number.NaN, 4, 1)], /invokedAt must be a finite number/);
  refused([put(1, 0, Number.POSITIVE_INFINITY, 1)], /completedAt must be a finite number/);
  refused([{ ...put(1, 0, 1, 1), outcome: "maybe" }], /outcome must be/);
  refused([put(1, 0, 5, 1), get(1, 3, 8, 1)], /process 1 called it while its operation 0 was under way/);
});

test("a negative budget is refused", (t) => {
  for (const budget of [{ steps: -1 }, { memoBytesMax: Number.NaN }, { time: { now: () => 0, limit: -1 } }]) {
    t.throws(() => checkLinearizable([], kv, { budget }), { instanceOf: CheckerOptionError });
  }
});

test("ten thousand operations by fifty clients on a hundred keys take few steps", (t) => {
  const right = linearizableHistory({ seed: 8, operations: 10_000, clients: 50, keys: 100 });
  const report = checkLinearizable(right, searchedKv);
  t.is(report.verdict, "linearizable");
  t.is(report.parts.length, 100);
  t.true(report.steps < 200_000);
  t.is(checkLinearizable(withStaleRead(right, 0.7), searchedKv).verdict, "illegal");
});
