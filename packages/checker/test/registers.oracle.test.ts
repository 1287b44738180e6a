import test from "ava";
import fc from "fast-check";
import type { History, Operation } from "../src/history/operation.ts";
import { isolationLevels } from "../src/transactions/anomaly.ts";
import { checkTransactions } from "../src/transactions/check.ts";
import type { RegisterStep } from "../src/transactions/transaction.ts";
import { precedes } from "./oracle.ts";

type Transactions = History<readonly RegisterStep[], readonly RegisterStep[]>;
type Registers = Readonly<Record<string, string | number>>;

/** Tries every order of commits, of every subset that holds all committed transactions. */
function isSerializable(history: Transactions, strict: boolean): boolean {
  const placed = new Set<number>();
  const tryFrom = (state: Registers): boolean => {
    if (history.every((operation, i) => operation.outcome !== "ok" || placed.has(i))) return true;
    return history.some((operation, i) => {
      if (placed.has(i) || operation.outcome === "failed") return false;
      if (
        strict &&
        history.some((other, j) => !placed.has(j) && j !== i && precedes(other, operation, j, i))
      ) {
        return false;
      }
      const after = replay(operation, state);
      if (!after) return false;
      placed.add(i);
      if (tryFrom(after)) return true;
      placed.delete(i);
      return false;
    });
  };
  return tryFrom({});
}

function replay(operation: Transactions[number], seen: Registers): Registers | undefined {
  const registers: Record<string, string | number> = { ...seen };
  for (const [verb, key, value] of operation.outcome === "ok" ? operation.output : operation.input) {
    if (verb === "w") registers[key] = value!;
    else if (operation.outcome === "ok" && (registers[key] ?? null) !== (value ?? null)) return undefined;
  }
  return registers;
}

const history: fc.Arbitrary<Transactions> = fc
  .array(
    fc.record({
      steps: fc.array(fc.record({ write: fc.boolean(), key: fc.constantFrom("x", "y"), sees: fc.nat(7) }), {
        minLength: 1,
        maxLength: 3,
      }),
      outcome: fc.constantFrom("ok", "ok", "ok", "ok", "unknown", "failed"),
      start: fc.nat(4),
      lasts: fc.nat(3),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((plans) => {
    let value = 0;
    const versions: Record<string, (number | null)[]> = { x: [null], y: [null] };
    for (const { steps } of plans) {
      for (const { write, key } of steps) if (write) versions[key]!.push(++value);
    }
    value = 0;
    return plans.map(
      ({ steps, outcome, start, lasts }, process): Operation<RegisterStep[], RegisterStep[]> => {
        const output = steps.map(({ write, key, sees }): RegisterStep => {
          const version = versions[key]![sees % versions[key]!.length]!;
          return write ? ["w", key, ++value] : ["r", key, version];
        });
        const times = { process, invokedAt: start, completedAt: start + lasts, input: output };
        return outcome === "ok"
          ? { ...times, output, outcome }
          : { ...times, outcome: outcome as "unknown" | "failed" };
      },
    );
  });

test("registers: a level that is denied is indeed impossible", (t) => {
  const seen = { "strict-serializable": 0, serializable: 0, weaker: 0, missed: 0 };
  fc.assert(
    fc.property(history, (transactions) => {
      const report = checkTransactions(transactions, { model: "register" });
      const rank = [...isolationLevels, "none"].indexOf(report.strongest);
      const stories = report.anomalies.map((anomaly) => anomaly.story).join("\n");
      const possible = {
        strict: isSerializable(transactions, true),
        serial: isSerializable(transactions, false),
      };
      if (rank > 0) t.false(possible.strict, stories);
      if (rank > 1) t.false(possible.serial, stories);
      if (rank === 0 && !possible.strict) seen.missed++;
      if (rank < 2) seen[rank === 0 ? "strict-serializable" : "serializable"]++;
      else seen.weaker++;
    }),
    { numRuns: 10_000 },
  );
  t.log(seen);
  t.true(seen["strict-serializable"] > 500 && seen.serializable > 100 && seen.weaker > 500);
});
