import type { DependencyGraph } from "./graph.ts";
import type { Transaction } from "./transaction.ts";

type Times = Pick<Transaction<unknown>, "index" | "invokedAt" | "completedAt">;

/**
 * Calls `before(a, b)` for pairs that real time orders, a over before b began, leaving out what follows from
 * others: from `a` only to those that began before anything begun after `a` was over. O(n log n) and a number of
 * pairs that grows with n times the overlap, not with n squared. Times that touch count as overlapping, except
 * those of one process.
 */
export function forEachPrecedence(
  transactions: readonly Transaction<unknown>[],
  before: (a: number, b: number) => void,
): void {
  const events: { time: number; call: boolean; transaction: Transaction<unknown> }[] = [];
  for (const transaction of transactions) {
    events.push({ time: transaction.invokedAt, call: true, transaction });
    if (Number.isFinite(transaction.completedAt)) {
      events.push({ time: transaction.completedAt, call: false, transaction });
    }
  }
  events.sort((a, b) => a.time - b.time || Number(b.call) - Number(a.call));

  // The transactions that are over and that no other over one began after.
  let frontier: Times[] = [];
  for (const { call, transaction } of events) {
    if (call) {
      for (const earlier of frontier) before(earlier.index, transaction.index);
    } else {
      frontier = frontier.filter((earlier) => earlier.completedAt >= transaction.invokedAt);
      frontier.push(transaction);
    }
  }
  forEachTouching(transactions, before);
}

function forEachTouching(
  transactions: readonly Transaction<unknown>[],
  before: (a: number, b: number) => void,
): void {
  const latest = new Map<unknown, Times>();
  const inOrder = [...transactions].sort(
    (a, b) => a.invokedAt - b.invokedAt || a.completedAt - b.completedAt || a.index - b.index,
  );
  for (const transaction of inOrder) {
    const earlier = latest.get(transaction.process);
    if (earlier && earlier.completedAt === transaction.invokedAt) before(earlier.index, transaction.index);
    if (Number.isFinite(transaction.completedAt)) latest.set(transaction.process, transaction);
  }
}

/** Adds the order of real time to a graph. */
export function addRealTime(graph: DependencyGraph, transactions: readonly Transaction<unknown>[]): void {
  const admitted = transactions.filter((transaction) => graph.has(transaction.index));
  forEachPrecedence(admitted, (from, to) => graph.add({ from, to, kind: "rt" }));
}
