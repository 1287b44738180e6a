import test from "ava";
import { checkConvergence } from "../src/eventual/convergence.ts";
import { checkCounter } from "../src/eventual/counter.ts";
import { checkSet } from "../src/eventual/set.ts";
import { checkUniqueIds } from "../src/eventual/unique-ids.ts";
import type { Operation } from "../src/history/operation.ts";

let processes = 0;

function did<I, O>(
  input: I,
  output: O,
  invokedAt: number,
  outcome: "ok" | "failed" | "unknown" = "ok",
): Operation<I, O> {
  const call = { process: processes++, invokedAt, completedAt: invokedAt + 1, input };
  return outcome === "ok" ? { ...call, output, outcome } : { ...call, outcome };
}

const add = (value: unknown, at: number, outcome?: "ok" | "failed" | "unknown") =>
  did({ op: "add" as const, value }, null, at, outcome);
const read = (members: unknown[], at: number) => did({ op: "read" as const }, members, at);
const kinds = (report: { findings: readonly { kind: string; operations: readonly number[] }[] }) =>
  report.findings.map(({ kind, operations }) => [kind, ...operations]);

test("set: stale reads are fine, a settled read that misses an acknowledged add is not", (t) => {
  const history = [add("a", 0), add("b", 1), read(["a"], 5), read(["b"], 20)];
  t.true(checkSet(history).ok);
  t.deepEqual(kinds(checkSet(history, { settledAt: 10 })), [["lost", 0, 3]]);
});

test("set: unknown adds may be there or not, failed and untried ones may not", (t) => {
  const history = [add("a", 0, "unknown"), add("b", 0, "failed"), read([], 10), read(["a"], 20)];
  t.true(checkSet(history, { settledAt: 5 }).ok);
  t.deepEqual(kinds(checkSet([...history, read(["b"], 30), read(["c"], 30)])), [
    ["unexpected", 4],
    ["unexpected", 5],
  ]);
  t.deepEqual(kinds(checkSet([read(["a"], 0), add("a", 5)])), [["unexpected", 0]]);
});

test("set: a removed value may be there or not, and none is there twice", (t) => {
  const remove = did({ op: "remove" as const, value: "a" }, null, 3);
  const history = [add("a", 0), remove, read([], 10), read(["a"], 10)];
  t.true(checkSet(history, { settledAt: 5 }).ok);
  t.deepEqual(kinds(checkSet([add({ n: 1 }, 0), read([{ n: 1 }, { n: 1 }], 2)])), [["duplicate", 1]]);
});

const by = (amount: number, at: number, outcome?: "ok" | "failed" | "unknown") =>
  did({ op: "add" as const, by: amount }, null, at, outcome);
const value = (output: number, at: number) => did({ op: "read" as const }, output, at);

test("counter: a read lies between all that was taken and all that was given by then", (t) => {
  const history = [by(5, 0), by(-2, 0), by(10, 20)];
  for (const fine of [-2, 0, 3, 5]) t.true(checkCounter([...history, value(fine, 10)]).ok);
  for (const wrong of [-3, 6, 13])
    t.deepEqual(kinds(checkCounter([...history, value(wrong, 10)])), [["out-of-bounds", 3]]);
  t.true(checkCounter([...history, value(13, 19)]).ok);
});

test("counter: a settled read misses nothing acknowledged", (t) => {
  const history = [by(5, 0), by(-2, 0), by(1, 0, "unknown"), by(100, 0, "failed")];
  for (const fine of [3, 4]) t.true(checkCounter([...history, value(fine, 10)], { settledAt: 5 }).ok);
  for (const wrong of [2, 5, 103]) t.false(checkCounter([...history, value(wrong, 10)], { settledAt: 5 }).ok);
  t.true(checkCounter([...history, value(0, 4)], { settledAt: 5 }).ok);
});

test("unique ids: no answer is given twice, by content", (t) => {
  const ids = ["a", "b", ["c"], ["c"], "a"].map((id, i) => did("next", id, i));
  t.deepEqual(kinds(checkUniqueIds(ids)), [
    ["duplicate", 0, 4],
    ["duplicate", 2, 3],
  ]);
  t.true(checkUniqueIds(ids.slice(0, 3)).ok);
  t.true(checkUniqueIds([did("next", "a", 0), did("next", "a", 1, "failed")]).ok);
});

test("convergence: settled reads of one subject agree", (t) => {
  const look = (key: string, output: unknown, at: number) => did({ key }, output, at);
  const subject = (input: { key: string }) => (input.key === "ignored" ? undefined : input.key);
  const history = [look("x", 1, 0), look("x", { n: 2 }, 10), look("x", { n: 2 }, 11), look("y", 3, 12)];
  t.true(checkConvergence(history, { settledAt: 5, subject }).ok);
  t.deepEqual(kinds(checkConvergence(history, { settledAt: 0, subject })), [["diverged", 0, 1, 2]]);
  const ignored = [look("ignored", 1, 6), look("ignored", 2, 6)];
  t.true(checkConvergence([...history, ...ignored], { settledAt: 5, subject }).ok);
});
