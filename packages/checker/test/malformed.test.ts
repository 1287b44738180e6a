import test from "ava";
import {
  checkConvergence,
  checkCounter,
  checkLinearizable,
  checkLogSessions,
  checkSet,
  checkTransactions,
  checkUniqueIds,
  checkVersionSessions,
  counter,
  HistoryError,
  kv,
  lock,
  queue,
  register,
  set,
} from "../src/index.ts";

// Whatever a program may hand over in the place of a history. Each check says what is wrong, and where.
type Check = (history: never) => unknown;

const models = { kv, register, counter, lock, queue, set };
const checks: Record<string, Check> = {
  ...Object.fromEntries(
    Object.entries(models).map(([name, model]): [string, Check] => [
      `linearizable ${name}`,
      (history) => checkLinearizable(history, model as typeof kv),
    ]),
  ),
  "transactions of lists": (history) => checkTransactions(history, { model: "list-append" }),
  "transactions of registers": (history) => checkTransactions(history, { model: "register" }),
  "unique ids": (history) => checkUniqueIds(history),
  "a spread counter": (history) => checkCounter(history),
  "a spread set": (history) => checkSet(history),
  convergence: (history) => checkConvergence(history, { subject: () => "x", state: () => 1 } as never),
  "sessions of logs": (history) => checkLogSessions(history, () => undefined),
  "sessions of versions": (history) => checkVersionSessions(history, () => undefined),
};

const good = { process: 1, invokedAt: 1, completedAt: 2, outcome: "failed", input: { op: "read" } };

const strangers: Record<string, unknown> = {
  nothing: undefined,
  null: null,
  "a number": 1,
  "an empty object": {},
  "no process": { ...good, process: undefined },
  "an object as process": { ...good, process: {} },
  "no time": { ...good, invokedAt: undefined },
  "a time that is null": { ...good, completedAt: null, outcome: "ok" },
  "no outcome": { ...good, outcome: undefined },
};

for (const [name, check] of Object.entries(checks)) {
  test(`${name}: what is no history is refused as such`, (t) => {
    for (const history of [undefined, null, {}, "[]", 7])
      t.throws(() => check(history as never), {
        instanceOf: HistoryError,
        message: /is an array of operations, not/,
      });
  });

  test(`${name}: an operation that is none is named`, (t) => {
    for (const [what, stranger] of Object.entries(strangers)) {
      const error = t.throws(() => check([stranger] as never), { instanceOf: HistoryError }, what);
      t.is(error!.operation, 0, what);
    }
  });
}

const takeInputs = Object.keys(checks).filter((name) => /^linearizable|spread/.test(name));

for (const name of takeInputs)
  test(`${name}: an input of another kind is named`, (t) => {
    for (const input of [undefined, null, "read", 1, {}, { op: "fly" }, { op: null }]) {
      const history = [{ ...good, outcome: "ok", output: 1, input }];
      const error = t.throws(() => checks[name]!(history as never), { instanceOf: HistoryError });
      t.is(error!.operation, 0);
      t.regex(error!.message, /^operation 0: .*knows no operation/);
    }
  });

test("a read of a set that answers no array is named", (t) => {
  const read = { ...good, outcome: "ok", output: 5 };
  const error = t.throws(() => checkSet([read] as never), { instanceOf: HistoryError });
  t.is(error!.operation, 0);
  t.regex(error!.message, /an array, not 5/);
});
