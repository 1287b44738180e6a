import { HistoryError } from "../errors.ts";
import { assertHistory, type History, type ProcessId } from "../history/operation.ts";

/** What a transaction reads and writes. */
export type Key = string | number;

/** What is written. */
export type Value = string | number;

/**
 * One step of a list-append transaction: `["append", key, value]` adds to the end of the key's list; `["r", key,
 * list]` reads the whole list, null in the input and in the output of a key that was never written.
 */
export type ListAppendStep =
  | readonly ["append", Key, Value]
  | readonly ["r", Key, (readonly Value[] | null)?];

/** One step of a register transaction: `["w", key, value]` overwrites, `["r", key, value]` reads. */
export type RegisterStep = readonly ["w", Key, Value] | readonly ["r", Key, (Value | null)?];

/** How a transaction ended. */
export type Fate = "committed" | "aborted" | "unknown";

/** One transaction as the analysis sees it. */
export interface Transaction<Step> {
  /** Its index in the history. */
  readonly index: number;
  readonly process: ProcessId;
  readonly fate: Fate;
  readonly invokedAt: number;
  /** Infinity when its end was not seen. */
  readonly completedAt: number;
  /** With the values it read, when it committed. */
  readonly steps: readonly Step[];
}

const FATES = { ok: "committed", failed: "aborted", unknown: "unknown" } as const;

/**
 * Reads a history as transactions: an operation that is ok committed, one that failed was rolled back. Throws
 * `HistoryError` for a step that `isStep` refuses.
 */
export function transactionsOf<Step>(
  history: History<readonly Step[], readonly Step[]>,
  isStep: (step: unknown) => boolean,
): Transaction<Step>[] {
  assertHistory(history);
  return history.map((operation, index) => {
    const committed = operation.outcome === "ok";
    const steps: unknown = committed ? operation.output : operation.input;
    if (!Array.isArray(steps)) {
      throw new HistoryError("a transaction must be an array of steps", { operation: index });
    }
    const bad = steps.findIndex((step) => !isStep(step));
    if (bad >= 0) {
      throw new HistoryError(`step ${bad} is not a step of this model: ${JSON.stringify(steps[bad])}`, {
        operation: index,
      });
    }
    return {
      index,
      process: operation.process,
      fate: FATES[operation.outcome],
      invokedAt: operation.invokedAt,
      completedAt: committed ? operation.completedAt : Number.POSITIVE_INFINITY,
      steps: steps as readonly Step[],
    };
  });
}

/** True for a step of the list-append model. */
export function isListAppendStep(step: unknown): boolean {
  if (!Array.isArray(step) || !isScalar(step[1])) return false;
  if (step[0] === "append") return step.length === 3 && isScalar(step[2]);
  const list: unknown = step[2] ?? [];
  return step[0] === "r" && step.length <= 3 && Array.isArray(list) && list.every(isScalar);
}

/** True for a step of the register model. */
export function isRegisterStep(step: unknown): boolean {
  if (!Array.isArray(step) || !isScalar(step[1])) return false;
  if (step[0] === "w") return step.length === 3 && isScalar(step[2]);
  return step[0] === "r" && step.length <= 3 && isScalar(step[2] ?? 0);
}

function isScalar(value: unknown): value is Key {
  return typeof value === "string" || (typeof value === "number" && !Number.isNaN(value));
}

/** Who wrote a value. */
export interface Write {
  readonly transaction: number;
  /** False when the same transaction wrote the key again later: such a value must never be seen by others. */
  readonly final: boolean;
}

/** Every write of a history by key and value. */
export type Writes = ReadonlyMap<Key, ReadonlyMap<Value, Write>>;

/**
 * Who wrote what. Throws `HistoryError` when two writes of a key have the same value: what a read saw could not
 * be told.
 */
export function writesOf(
  transactions: readonly Transaction<readonly [string, Key, unknown?]>[],
  verb: "append" | "w",
): Writes {
  const writes = new Map<Key, Map<Value, Write>>();
  for (const { index, steps } of transactions) {
    const latest = new Map<Key, Value>();
    for (const [name, key, written] of steps) {
      if (name !== verb) continue;
      const value = written as Value;
      const ofKey = writes.get(key) ?? new Map<Value, Write>();
      writes.set(key, ofKey);
      const other = ofKey.get(value);
      if (other) {
        throw new HistoryError(
          `it writes ${JSON.stringify(value)} to key ${JSON.stringify(key)}, as operation ${other.transaction} does: values must be unique per key`,
          { operation: index },
        );
      }
      const before = latest.get(key);
      if (before !== undefined) ofKey.set(before, { transaction: index, final: false });
      ofKey.set(value, { transaction: index, final: true });
      latest.set(key, value);
    }
  }
  return writes;
}
