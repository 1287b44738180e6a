import test from "ava";
import fc from "fast-check";
import type { History, Operation } from "../src/history/operation.ts";
import { isolationLevels } from "../src/transactions/anomaly.ts";
import { checkTransactions } from "../src/transactions/check.ts";
import type { ListAppendStep } from "../src/transactions/transaction.ts";
import { precedes } from "./oracle.ts";

type Transactions = History<readonly ListAppendStep[], readonly ListAppendStep[]>;
type Lists = Readonly<Record<string, readonly (string | number)[]>>;

/** Runs a transaction on the state it sees; undefined when it would have read something else. */
function replay(steps: readonly ListAppendStep[], seen: Lists, answered: boolean): Lists | undefined {
  const lists: Record<string, readonly (string | number)[]> = { ...seen };
  for (const step of steps) {
    const list = lists[step[1]] ?? [];
    if (step[0] === "append") lists[step[1]] = [...list, step[2]];
    else if (answered && JSON.stringify(list) !== JSON.stringify(step[2] ?? [])) return undefined;
  }
  return lists;
}

/**
 * Tries every order of commits, of every subset that holds all committed transactions. With `snapshots`, a
 * transaction may read any earlier state, as long as nobody wrote since what it writes.
 */
function isPossible(history: Transactions, level: "strict" | "serial" | "snapshot"): boolean {
  const placed = new Set<number>();
  const states: Lists[] = [{}];
  const written: string[][] = [];
  const mayComeNow = (index: number): boolean =>
    level !== "strict" ||
    history.every((other, j) => placed.has(j) || j === index || !precedes(other, history[index]!, j, index));
  const tryPlace = (index: number): boolean => {
    const operation = history[index]!;
    const answered = operation.outcome === "ok";
    const steps = answered ? operation.output : operation.input;
    const writes = steps.flatMap((step) => (step[0] === "append" ? [String(step[1])] : []));
    for (let at = states.length - 1; at >= 0; at--) {
      if (written.slice(at).some((keys) => keys.some((key) => writes.includes(key)))) break;
      const after = replay(steps, states[at]!, answered);
      if (after) {
        const latest = states.at(-1)!;
        states.push({ ...latest, ...Object.fromEntries(writes.map((key) => [key, after[key]!])) });
        written.push(writes);
        placed.add(index);
        if (tryAll()) return true;
        placed.delete(index);
        states.pop();
        written.pop();
      }
      if (level !== "snapshot") break;
    }
    return false;
  };
  const tryAll = (): boolean =>
    history.every((operation, i) => operation.outcome !== "ok" || placed.has(i)) ||
    history.some(
      (operation, i) => !placed.has(i) && operation.outcome !== "failed" && mayComeNow(i) && tryPlace(i),
    );
  return tryAll();
}

/** What a careless database may do: each transaction sees some earlier state, writes are merged at commit. */
const plans = fc.array(
  fc.record({
    steps: fc.array(fc.tuple(fc.constantFrom("append", "r", "r"), fc.constantFrom("x", "y")), {
      minLength: 1,
      maxLength: 3,
    }),
    behind: fc.constantFrom(0, 0, 0, 1, 2),
    readsLate: fc.nat(7),
    outcome: fc.constantFrom("ok", "ok", "ok", "ok", "unknown", "failed"),
    leaks: fc.boolean(),
    start: fc.nat(4),
    lasts: fc.nat(3),
  }),
  { minLength: 1, maxLength: 5 },
);

const carelessHistory = (readAtTheEnd: boolean): fc.Arbitrary<Transactions> =>
  plans.map((planned) => {
    const states: Record<string, (string | number)[]>[] = [{}];
    let value = 0;
    const history = planned.map(
      (plan, process): Operation<readonly ListAppendStep[], readonly ListAppendStep[]> => {
        const seen = structuredClone(states[Math.max(0, states.length - 1 - plan.behind)]!);
        const next = structuredClone(states.at(-1)!);
        const output = plan.steps.map(([verb, key], i): ListAppendStep => {
          const view = plan.readsLate === i ? next : seen;
          if (verb === "r") return ["r", key, [...(view[key] ?? [])]];
          const element = ++value;
          seen[key] = [...(seen[key] ?? []), element];
          next[key] = [...(next[key] ?? []), element];
          return ["append", key, element];
        });
        if (plan.outcome === "ok" || plan.leaks) states.push(next);
        const input = output.map((step): ListAppendStep => (step[0] === "r" ? ["r", step[1]] : step));
        const times = { process, invokedAt: plan.start, completedAt: plan.start + plan.lasts };
        return plan.outcome === "ok"
          ? { ...times, input, output, outcome: "ok" }
          : { ...times, input, outcome: plan.outcome as "unknown" | "failed" };
      },
    );
    const last = states.at(-1)!;
    const output = ["x", "y"].map((key): ListAppendStep => ["r", key, last[key] ?? []]);
    const times = { process: 9, invokedAt: 0, completedAt: 9 };
    return readAtTheEnd ? [...history, { ...times, input: output, output, outcome: "ok" }] : history;
  });

for (const readAtTheEnd of [true, false]) {
  const when = readAtTheEnd ? "with" : "without";
  test(`list-append: the three strongest levels, ${when} a last read of all keys, as trying every order tells`, (t) => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(carelessHistory(readAtTheEnd), (history) => {
        const { strongest } = checkTransactions(history, { model: "list-append" });
        const rank = [...isolationLevels, "none"].indexOf(strongest);
        seen.set(strongest, (seen.get(strongest) ?? 0) + 1);
        const text = JSON.stringify(history);
        t.is(rank <= 0, isPossible(history, "strict"), text);
        t.is(rank <= 1, isPossible(history, "serial"), text);
        // Appends that nobody reads have no known order: then some histories that no snapshots explain pass.
        const snapshot = isPossible(history, "snapshot");
        if (readAtTheEnd || rank > 2) t.is(rank <= 2, snapshot, text);
      }),
      { numRuns: 10_000 },
    );
    t.log(Object.fromEntries(seen));
    for (const level of isolationLevels) t.true((seen.get(level) ?? 0) > 10, level);
  });
}
