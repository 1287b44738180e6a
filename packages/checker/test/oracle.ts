// Slow and obvious judges: they try every order. What the checker says of small histories is compared with them.
import type { History, Operation } from "../src/history/operation.ts";
import { illegal, type Model, unseen } from "../src/linearizability/model.ts";

/** True when real time puts `a` before `b`: it was over first, or it is the same client's earlier call. */
export function precedes(a: Operation, b: Operation, aIndex: number, bIndex: number): boolean {
  if (a.outcome !== "ok") return false;
  if (a.completedAt < b.invokedAt) return true;
  return a.process === b.process && a.completedAt === b.invokedAt && aIndex < bIndex;
}

/** Tries every order of every subset that holds all completed operations. */
export function isLinearizable<S, I, O>(history: History<I, O>, model: Model<S, I, O>): boolean {
  const placed = new Set<number>();
  const tryFrom = (state: S): boolean => {
    if (history.every((operation, i) => operation.outcome !== "ok" || placed.has(i))) return true;
    for (const [i, operation] of history.entries()) {
      if (placed.has(i) || operation.outcome === "failed") continue;
      if (history.some((other, j) => !placed.has(j) && j !== i && precedes(other, operation, j, i))) continue;
      const next = model.step(state, operation.input, operation.outcome === "ok" ? operation.output : unseen);
      if (next === illegal) continue;
      placed.add(i);
      if (tryFrom(next)) return true;
      placed.delete(i);
    }
    return false;
  };
  return tryFrom(model.initial(undefined));
}

/** True when `order` is a linearization of what it names, and leaves no completed operation of `of` out. */
export function isLinearization<S, I, O>(
  history: History<I, O>,
  of: readonly number[],
  order: readonly number[],
  model: Model<S, I, O>,
): boolean {
  const position = new Map(order.map((index, at) => [index, at]));
  let state: S = model.initial(undefined);
  for (const index of order) {
    const operation = history[index]!;
    const next = model.step(state, operation.input, operation.outcome === "ok" ? operation.output : unseen);
    if (next === illegal) return false;
    state = next;
  }
  for (const index of of) {
    if (history[index]!.outcome === "ok" && !position.has(index)) return false;
    for (const later of of) {
      if (!position.has(later) || !precedes(history[index]!, history[later]!, index, later)) continue;
      if (position.get(index)! > position.get(later)!) return false;
    }
  }
  return true;
}
