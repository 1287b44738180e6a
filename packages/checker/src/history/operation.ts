import { HistoryError } from "../errors.ts";

/** Who issued an operation: one sequential client, thread or session. */
export type ProcessId = string | number;

interface Invoked<Input> {
  /** The sequential client that issued it. */
  readonly process: ProcessId;
  /**
   * When it was called. Any unit and any origin, as long as one clock (or a counter) serves the whole history.
   * Equal times count as overlapping, except that one process does its operations in the order of the history
   * (on one part of the system, where a model divides it).
   */
  readonly invokedAt: number;
  /** What was asked. */
  readonly input: Input;
}

/** The caller saw the answer. */
export interface CompletedOperation<Input, Output> extends Invoked<Input> {
  readonly outcome: "ok";
  /** When the answer arrived; never before `invokedAt`. */
  readonly completedAt: number;
  /** What was answered. */
  readonly output: Output;
}

/** It certainly had no effect, then or later: refused before it was tried, or rolled back. */
export interface FailedOperation<Input> extends Invoked<Input> {
  readonly outcome: "failed";
  readonly completedAt?: number | undefined;
}

/**
 * It may have had its effect, may have it at any later time, or never: still pending when the history ends,
 * timed out, or its connection broke.
 */
export interface UnknownOperation<Input> extends Invoked<Input> {
  readonly outcome: "unknown";
  /** When the caller gave up, if it did. Says nothing about when the effect happens. */
  readonly completedAt?: number | undefined;
}

/** One call on the system under test, as its client saw it. */
export type Operation<Input = unknown, Output = unknown> =
  | CompletedOperation<Input, Output>
  | FailedOperation<Input>
  | UnknownOperation<Input>;

/** What the clients saw, in the order it was recorded. */
export type History<Input = unknown, Output = unknown> = readonly Operation<Input, Output>[];

/**
 * Throws `HistoryError` when a history is none, times make no sense or a process answers two calls at once. O(n log n).
 */
export function assertHistory(history: History): void {
  if (!Array.isArray(history)) throw new HistoryError(`a history is an array of operations, not ${history}`);
  for (const [index, operation] of history.entries() as Iterable<[number, Operation]>) {
    assertOperation(operation, index);
    const { invokedAt, completedAt, outcome } = operation;
    if (!Number.isFinite(invokedAt)) {
      throw new HistoryError(`invokedAt must be a finite number, not ${invokedAt}`, { operation: index });
    }
    if (outcome !== "ok" && outcome !== "failed" && outcome !== "unknown") {
      throw new HistoryError(`outcome must be ok, failed or unknown, not ${outcome}`, { operation: index });
    }
    if (outcome === "ok" && !Number.isFinite(completedAt)) {
      throw new HistoryError(`completedAt must be a finite number, not ${completedAt}`, { operation: index });
    }
    if (completedAt !== undefined && !(completedAt >= invokedAt)) {
      throw new HistoryError(`it completed at ${completedAt}, before it was invoked at ${invokedAt}`, {
        operation: index,
      });
    }
  }
  assertSequential(history);
}

/** Throws `HistoryError` at the first input that a check is not for. `by` names what is. */
export function assertInputs(history: History, accepts: (input: unknown) => boolean, by: string): void {
  const operation = history.findIndex(({ input }) => !accepts(input));
  if (operation < 0) return;
  const input = JSON.stringify(history[operation]!.input);
  throw new HistoryError(`${by} knows no operation ${input}`, { operation });
}

function assertOperation(operation: unknown, index: number): void {
  if (typeof operation !== "object" || operation === null)
    throw new HistoryError(`it must be an object, not ${operation}`, { operation: index });
  const { process } = operation as Operation;
  if (typeof process !== "string" && typeof process !== "number")
    throw new HistoryError(`process must be a string or a number, not ${process}`, { operation: index });
}

function assertSequential(history: History): void {
  const byCall = [...history.entries()].sort(([, a], [, b]) => a.invokedAt - b.invokedAt || end(a) - end(b));
  const latest = new Map<ProcessId, number>();
  for (const [index, operation] of byCall) {
    if (operation.outcome !== "ok") continue;
    const before = latest.get(operation.process);
    if (before !== undefined && end(history[before]!) > operation.invokedAt) {
      throw new HistoryError(
        `process ${operation.process} called it while its operation ${before} was under way: name concurrent callers apart`,
        { operation: index },
      );
    }
    latest.set(operation.process, index);
  }
}

function end(operation: Operation): number {
  return operation.completedAt ?? Number.POSITIVE_INFINITY;
}
