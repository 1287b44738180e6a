import test from "ava";
import { CheckerOptionError, HistoryError } from "../src/errors.ts";
import type { Operation } from "../src/history/operation.ts";
import { type AnomalyKind, anomalyLevels, isolationLevels } from "../src/transactions/anomaly.ts";
import { checkTransactions, type TransactionStep } from "../src/transactions/check.ts";

type Transaction = Operation<readonly TransactionStep[], readonly TransactionStep[]>;
type Fate = "ok" | "failed" | "unknown";

let processes = 0;

/** All at the same time, each by its own process, unless times are given: then real time says nothing. */
function txn(steps: readonly unknown[], fate: Fate = "ok", times: [number, number] = [0, 1]): Transaction {
  const input = steps as readonly TransactionStep[];
  const call = { process: processes++, invokedAt: times[0], completedAt: times[1], input };
  return fate === "ok" ? { ...call, output: input, outcome: fate } : { ...call, outcome: fate };
}

interface Planted {
  readonly model: "list-append" | "register";
  readonly kind: AnomalyKind;
  readonly name: string;
  readonly history: readonly Transaction[];
  readonly transactions: readonly number[];
  readonly linearizableKeys?: boolean;
}

const a = (key: string, value: number): unknown => ["append", key, value];
const r = (key: string, ...list: number[]): unknown => ["r", key, list];
const w = (key: string, value: number): unknown => ["w", key, value];
const g = (key: string, value: number | null): unknown => ["r", key, value];

const planted: readonly Planted[] = [
  {
    model: "list-append",
    kind: "G0",
    name: "two transactions append in opposite orders",
    history: [
      txn([a("x", 1), a("y", 1)]),
      txn([a("x", 2), a("y", 2)]),
      txn([r("x", 1, 2)]),
      txn([r("y", 2, 1)]),
    ],
    transactions: [0, 1],
  },
  {
    model: "list-append",
    kind: "G1a",
    name: "a read of what was rolled back",
    history: [txn([a("x", 1)], "failed"), txn([r("x", 1)])],
    transactions: [0, 1],
  },
  {
    model: "list-append",
    kind: "dirty-update",
    name: "an append upon what was rolled back",
    history: [txn([a("x", 1)], "failed"), txn([a("x", 2)]), txn([r("x", 1, 2)])],
    transactions: [0, 1],
  },
  {
    model: "list-append",
    kind: "G1b",
    name: "a read between two appends of one transaction",
    history: [txn([a("x", 1), a("x", 2)]), txn([r("x", 1)])],
    transactions: [0, 1],
  },
  {
    model: "list-append",
    kind: "G1c",
    name: "two transactions read each other's appends",
    history: [txn([a("x", 1), r("y", 1)]), txn([a("y", 1), r("x", 1)])],
    transactions: [0, 1],
  },
  {
    model: "list-append",
    kind: "G-single",
    name: "a read sees one of two appends of a transaction",
    history: [txn([a("x", 1), a("y", 1)]), txn([r("x", 1), r("y")]), txn([r("y", 1)])],
    transactions: [1, 0],
  },
  {
    model: "list-append",
    kind: "lost-update",
    name: "two transactions append to the list they both read",
    history: [txn([r("x"), a("x", 1)]), txn([r("x"), a("x", 2)]), txn([r("x", 1, 2)])],
    transactions: [0, 1],
  },
  {
    model: "list-append",
    kind: "G-nonadjacent",
    name: "two observers see two appends in opposite orders",
    history: [txn([a("x", 1)]), txn([a("y", 1)]), txn([r("x", 1), r("y")]), txn([r("y", 1), r("x")])],
    transactions: [2, 1, 3, 0],
  },
  {
    model: "list-append",
    kind: "G2-item",
    name: "write skew",
    history: [txn([r("x"), a("y", 1)]), txn([r("y"), a("x", 1)])],
    transactions: [0, 1],
  },
  {
    model: "list-append",
    kind: "internal",
    name: "a transaction does not read its own append",
    history: [txn([a("x", 1), r("x")])],
    transactions: [0],
  },
  {
    model: "list-append",
    kind: "internal",
    name: "a transaction reads a key twice and differently",
    history: [txn([a("x", 1)]), txn([r("x"), r("x", 1)])],
    transactions: [1],
  },
  {
    model: "list-append",
    kind: "internal",
    name: "a transaction reads what it appends later",
    history: [txn([r("x", 1), a("x", 1)])],
    transactions: [0],
  },
  {
    model: "list-append",
    kind: "garbage-read",
    name: "a read of what nobody appended",
    history: [txn([r("x", 7)])],
    transactions: [0],
  },
  {
    model: "list-append",
    kind: "duplicate-elements",
    name: "an element is there twice",
    history: [txn([a("x", 1)]), txn([r("x", 1, 1)])],
    transactions: [1],
  },
  {
    model: "list-append",
    kind: "incompatible-order",
    name: "two reads disagree on the order",
    history: [txn([a("x", 1)]), txn([a("x", 2)]), txn([r("x", 1, 2)]), txn([r("x", 2, 1)])],
    transactions: [2, 3],
  },
  {
    model: "list-append",
    kind: "G-single-realtime",
    name: "a stale read",
    history: [txn([a("x", 1)], "ok", [0, 1]), txn([r("x")], "ok", [2, 3])],
    transactions: [1, 0],
  },
  {
    model: "list-append",
    kind: "G0-realtime",
    name: "appends in the order opposite to time",
    history: [
      txn([a("x", 1)], "ok", [0, 1]),
      txn([a("x", 2)], "ok", [2, 3]),
      txn([r("x", 2, 1)], "ok", [0, 9]),
    ],
    transactions: [0, 1],
  },
  {
    model: "list-append",
    kind: "G1c-realtime",
    name: "a read from the future",
    history: [txn([r("x", 1)], "ok", [0, 1]), txn([a("x", 1)], "ok", [2, 3])],
    transactions: [1, 0],
  },
  {
    model: "list-append",
    kind: "G2-item-realtime",
    name: "write skew around a transaction that was over before another began",
    history: [
      txn([r("x"), a("y", 1)], "ok", [0, 9]),
      txn([a("x", 1)], "ok", [0, 1]),
      txn([r("y")], "ok", [2, 3]),
    ],
    transactions: [0, 1, 2],
  },
  {
    model: "register",
    kind: "G1a",
    name: "a read of what was rolled back",
    history: [txn([w("x", 1)], "failed"), txn([g("x", 1)])],
    transactions: [0, 1],
  },
  {
    model: "register",
    kind: "G1b",
    name: "a read of what its writer overwrote",
    history: [txn([w("x", 1), w("x", 2)]), txn([g("x", 1)])],
    transactions: [0, 1],
  },
  {
    model: "register",
    kind: "G1c",
    name: "two transactions read each other's writes",
    history: [txn([w("x", 1), g("y", 1)]), txn([w("y", 1), g("x", 1)])],
    transactions: [0, 1],
  },
  {
    model: "register",
    kind: "G-single",
    name: "a read sees one of two writes of a transaction",
    history: [txn([w("x", 1), w("y", 1)]), txn([g("x", 1), g("y", null)])],
    transactions: [1, 0],
  },
  {
    model: "register",
    kind: "lost-update",
    name: "two transactions overwrite what they both read",
    history: [txn([w("x", 1)]), txn([g("x", 1), w("x", 2)]), txn([g("x", 1), w("x", 3)])],
    transactions: [1, 2],
  },
  {
    model: "register",
    kind: "G2-item",
    name: "write skew",
    history: [txn([g("x", null), w("y", 1)]), txn([g("y", null), w("x", 1)])],
    transactions: [0, 1],
  },
  {
    model: "register",
    kind: "G-nonadjacent",
    name: "two observers see two writes in opposite orders",
    history: [
      txn([w("x", 1)]),
      txn([w("y", 1)]),
      txn([g("x", 1), g("y", null)]),
      txn([g("y", 1), g("x", null)]),
    ],
    transactions: [2, 1, 3, 0],
  },
  {
    model: "register",
    kind: "internal",
    name: "a transaction does not read its own write",
    history: [txn([w("x", 1)]), txn([w("x", 2), g("x", 1)])],
    transactions: [1],
  },
  {
    model: "register",
    kind: "garbage-read",
    name: "a read of what nobody wrote",
    history: [txn([g("x", 7)])],
    transactions: [0],
  },
  {
    model: "register",
    kind: "cyclic-versions",
    name: "each of two writers read the other's version first",
    history: [txn([g("x", 2), w("x", 1)]), txn([g("x", 1), w("x", 2)])],
    transactions: [0, 1],
  },
  {
    model: "register",
    kind: "G-single-realtime",
    name: "a read of the beginning after a write",
    history: [txn([w("x", 1)], "ok", [0, 1]), txn([g("x", null)], "ok", [2, 3])],
    transactions: [1, 0],
  },
  {
    model: "register",
    kind: "G-single-realtime",
    name: "a read of an overwritten value, where times order the versions",
    history: [txn([w("x", 1)], "ok", [0, 1]), txn([w("x", 2)], "ok", [2, 3]), txn([g("x", 1)], "ok", [4, 5])],
    transactions: [2, 1],
    linearizableKeys: true,
  },
];

for (const { model, kind, name, history, transactions, linearizableKeys } of planted) {
  test(`${model}: ${kind}: ${name}`, (t) => {
    const report = checkTransactions(history, { model, linearizableKeys });
    const found = report.anomalies.filter((anomaly) => anomaly.kind === kind);
    t.is(found.length, 1, report.anomalies.map((anomaly) => anomaly.story).join("\n"));
    t.deepEqual([...found[0]!.transactions].sort(), [...transactions].sort(), found[0]!.story);
    t.true(found[0]!.story.startsWith(`${kind}: `));
    for (const index of transactions) t.true(found[0]!.story.includes(`T${index}`));
    // What is planted is the worst in its history.
    const ranks = [...isolationLevels, "none"] as const;
    t.is(ranks.indexOf(report.strongest), ranks.indexOf(anomalyLevels[kind]) + 1);
  });
}

test("every kind of anomaly is planted", (t) => {
  const kinds = new Set(planted.map((each) => each.kind));
  t.deepEqual([...kinds].sort(), Object.keys(anomalyLevels).sort());
});

test("the story of a cycle tells who came before whom, and why", (t) => {
  const skew = [txn([r("x"), a("y", 1)]), txn([r("y"), a("x", 2)])];
  const { anomalies, strongest } = checkTransactions(skew, { model: "list-append" });
  t.is(strongest, "snapshot-isolation");
  t.is(
    anomalies[0]?.story,
    `G2-item: missed writes in a row close a circle (write skew), among T0, T1
  T0 < T1 (rw): T0 read "x" before anything was written to it, and T1 wrote 2
  T1 < T0 (rw): T1 read "y" before anything was written to it, and T0 wrote 1
  so T0 would have to come before itself`,
  );
});

test("transactions one after another are strictly serializable, with either model", (t) => {
  const lists: Record<string, number[]> = {};
  const history: Transaction[] = [];
  for (let i = 0; i < 300; i++) {
    const key = "abc"[i % 3]!;
    const steps = [
      r(key, ...(lists[key] ?? [])),
      a(key, i),
      r("a", ...(lists.a ?? []), ...(key === "a" ? [i] : [])),
    ];
    lists[key] = [...(lists[key] ?? []), i];
    history.push(txn(steps, "ok", [i * 2, i * 2 + 1]));
  }
  const report = checkTransactions(history, { model: "list-append" });
  t.like(report, {
    strongest: "strict-serializable",
    anomalies: [],
    complete: true,
    size: { transactions: 300 },
  });

  const chain = Array.from({ length: 300 }, (_, i) =>
    txn([g("x", i === 0 ? null : i - 1), w("x", i)], "ok", [i * 2, i * 2 + 1]),
  );
  t.like(checkTransactions(chain, { model: "register" }), {
    strongest: "strict-serializable",
    anomalies: [],
  });
});

test("a transaction of unknown outcome has happened once its writes are seen, else it says nothing", (t) => {
  const lost = txn([a("x", 1)], "unknown", [0, 1]);
  const none = checkTransactions([lost, txn([r("x")], "ok", [5, 6])], { model: "list-append" });
  t.like(none, { strongest: "strict-serializable", size: { transactions: 1 } });
  const seen = [lost, txn([r("x", 1)], "ok", [5, 6]), txn([r("x")], "ok", [7, 8])];
  const report = checkTransactions(seen, { model: "list-append" });
  t.is(report.size.transactions, 3);
  t.is(report.strongest, "serializable");
});

test("one process does its transactions in their order even when their times touch", (t) => {
  const touching = [txn([a("x", 1)], "ok", [0, 1]), txn([r("x")], "ok", [1, 2])];
  t.is(checkTransactions(touching, { model: "list-append" }).strongest, "strict-serializable");
  const sameProcess = touching.map((transaction) => ({ ...transaction, process: "p" }));
  t.is(checkTransactions(sameProcess, { model: "list-append" }).strongest, "serializable");
});

test("anomalies beyond the bound are counted, not kept", (t) => {
  const history = [txn([a("x", 1)], "failed"), ...Array.from({ length: 50 }, () => txn([r("x", 1)]))];
  const report = checkTransactions(history, { model: "list-append", perKindMax: 3 });
  t.is(report.anomalies.length, 3);
  t.is(report.counts.get("G1a"), 50);
});

test("a search for cycles that runs out of steps says that it is not complete", (t) => {
  const skew = [txn([r("x"), a("y", 1)]), txn([r("y"), a("x", 1)])];
  const report = checkTransactions(skew, { model: "list-append", steps: 1 });
  t.like(report, { complete: false, anomalies: [] });
});

test("histories that cannot be analyzed are refused with their operation", (t) => {
  const refused = (
    history: Transaction[],
    message: RegExp,
    model: "list-append" | "register" = "list-append",
  ) => {
    const error = t.throws(() => checkTransactions(history, { model }), {
      instanceOf: HistoryError,
      message,
    });
    t.is(error?.operation, history.length - 1);
  };
  refused([txn([a("x", 1)]), txn([a("x", 1)])], /values must be unique per key/);
  refused([txn([a("x", 1), a("x", 1)])], /values must be unique per key/);
  refused([txn([w("x", 1)])], /not a step of this model/);
  refused([txn([a("x", 1)])], /not a step of this model/, "register");
  refused([txn([["r", "x", "text"]])], /not a step of this model/);
  refused([txn([["append", "x"]])], /not a step of this model/);
  refused([{ ...txn([]), output: "text" } as unknown as Transaction], /must be an array of steps/);
  const strange = { model: "graph" } as unknown as { model: "register" };
  t.throws(() => checkTransactions([], strange), { instanceOf: CheckerOptionError });
  t.throws(() => checkTransactions([], { model: "register", perKindMax: 0 }), {
    instanceOf: CheckerOptionError,
  });
  t.throws(() => checkTransactions([], { model: "register", steps: 0 }), { instanceOf: CheckerOptionError });
});

test("thousands of transactions that all depend on each other are analyzed", (t) => {
  // Every transaction misses the append of the one before it: one knot of write skew through all of them.
  const n = 3000;
  const history = Array.from({ length: n }, (_, i) => txn([r(`k${i}`), a(`k${(i + 1) % n}`, i)]));
  const report = checkTransactions(history, { model: "list-append" });
  t.true(report.complete);
  t.is(report.strongest, "snapshot-isolation");
  t.is(report.anomalies[0]?.transactions.length, n);
});
