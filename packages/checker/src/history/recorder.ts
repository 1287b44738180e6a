import { HistoryError } from "../errors.ts";
import type { History, Operation, ProcessId } from "./operation.ts";

/** An operation under way. Exactly one of the three ends it; one that is never ended counts as unknown. */
export interface Ongoing<Output> {
  /** It was answered. */
  ok(completedAt: number, output: Output): void;
  /** It certainly had no effect. */
  failed(completedAt: number): void;
  /** The caller gave up: it may have its effect at any time, or never. */
  unknown(givenUpAt: number): void;
}

/** Writes down what clients do, as they do it. */
export interface Recorder<Input, Output> {
  /** Notes that `process` called. */
  invoke(process: ProcessId, invokedAt: number, input: Input): Ongoing<Output>;
  /** What was recorded so far, in the order of the calls. */
  history(): History<Input, Output>;
}

/** Makes a recorder. Times are the caller's: a clock, a virtual clock, or a counter, as long as it is one. */
export function createRecorder<Input, Output>(): Recorder<Input, Output> {
  const operations: Operation<Input, Output>[] = [];
  return {
    invoke(process, invokedAt, input) {
      const index = operations.push({ process, invokedAt, input, outcome: "unknown" }) - 1;
      let open = true;
      const end = (operation: Operation<Input, Output>): void => {
        if (!open) throw new HistoryError("it was ended twice", { operation: index });
        open = false;
        operations[index] = operation;
      };
      const call = { process, invokedAt, input };
      return {
        ok: (completedAt, output) => end({ ...call, completedAt, output, outcome: "ok" }),
        failed: (completedAt) => end({ ...call, completedAt, outcome: "failed" }),
        unknown: (completedAt) => end({ ...call, completedAt, outcome: "unknown" }),
      };
    },
    history: () => [...operations],
  };
}
