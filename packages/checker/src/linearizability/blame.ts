import type { Judgement } from "./search.ts";
import type { Call } from "./states.ts";

/** What breaks an illegal part, and what can be said of the history before it. */
export interface Blame {
  /** The operation, as index in the history. */
  readonly blocked: number;
  /** A linearization of all that was completed before. */
  readonly order: readonly number[];
  /** Calls looked at to find it. */
  readonly steps: number;
}

/**
 * Finds the first time at which a completion cannot be explained, by bisection: what comes before a completion of a
 * linearizable history is linearizable too. Where `judge` answers unknown, a later completion is blamed, up to
 * which the history is known to be illegal.
 *
 * Completions of one time stand or fall together: one of them may be explained only by what was called when another
 * answered. Of those, the last one is blamed without which the others can be explained.
 */
export function blame<Input, Output>(
  calls: readonly Call<Input, Output>[],
  judge: (calls: readonly Call<Input, Output>[]) => Judgement,
): Blame {
  const ends = calls.map((call) => call.completedAt).filter((end) => end < Number.POSITIVE_INFINITY);
  const times = [...new Set(ends)].sort((a, b) => a - b);
  let steps = 0;
  let order: readonly number[] = [];
  const isExplained = (cut: readonly Call<Input, Output>[]): boolean | undefined => {
    const judgement = judge(cut);
    steps += judgement.steps;
    if (judgement.verdict === "linearizable") order = judgement.order;
    return judgement.verdict === "unknown" ? undefined : judgement.verdict === "linearizable";
  };
  // What was completed at the first `low` times is known to be linearizable, at the first `high` known not to be.
  let low = 0;
  let high = times.length;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    const explained = isExplained(cutBehind(calls, times[middle - 1]!));
    if (explained === undefined) break;
    if (explained) low = middle;
    else high = middle;
  }
  const end = times[high - 1]!;
  const late = calls.filter((call) => call.completedAt === end).reverse();
  const culprit = late.find((call) => isExplained(cutBehind(calls, end, call))) ?? late.at(-1)!;
  return { blocked: culprit.index, order, steps };
}

/**
 * The history as it stood right after a time, but for one completion. What was answered later may have happened
 * already, but only so that its answer fits.
 */
function cutBehind<Input, Output>(
  calls: readonly Call<Input, Output>[],
  end: number,
  but?: Call<Input, Output>,
): Call<Input, Output>[] {
  return calls
    .filter((call) => call.invokedAt <= end)
    .map((call) =>
      call.completedAt <= end && call !== but ? call : { ...call, completedAt: Number.POSITIVE_INFINITY },
    );
}
