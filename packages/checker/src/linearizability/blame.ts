import type { Judgement, Verdict } from "./search.ts";
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
 * Finds the first completion that cannot be explained, by bisection: what comes before a completion of a
 * linearizable history is linearizable too. Where `judge` answers unknown, a later completion is blamed, up to
 * which the history is known to be illegal.
 */
export function blame<Input, Output>(
  calls: readonly Call<Input, Output>[],
  judge: (calls: readonly Call<Input, Output>[]) => Judgement,
): Blame {
  const completions = calls
    .filter((call) => call.completedAt < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.completedAt - b.completedAt || a.index - b.index);
  let steps = 0;
  let order: readonly number[] = [];
  const tryFirst = (count: number): Verdict => {
    const judgement = judge(cutBehind(calls, completions, count));
    steps += judgement.steps;
    if (judgement.verdict === "linearizable") order = judgement.order;
    return judgement.verdict;
  };
  // The first `low` completions are known to be linearizable, the first `high` known not to be.
  let low = 0;
  let high = completions.length;
  let undecided = false;
  while (low + 1 < high && !undecided) {
    const middle = (low + high) >>> 1;
    const verdict = tryFirst(middle);
    if (verdict === "linearizable") low = middle;
    else if (verdict === "illegal") high = middle;
    else undecided = true;
  }
  return { blocked: completions[high - 1]!.index, order, steps };
}

/**
 * The history as it stood right after so many completions. What was answered later may have happened already,
 * but only so that its answer fits.
 */
function cutBehind<Input, Output>(
  calls: readonly Call<Input, Output>[],
  completions: readonly Call<Input, Output>[],
  count: number,
): Call<Input, Output>[] {
  const seen = new Set(completions.slice(0, count));
  const end = completions[count - 1]!.completedAt;
  return calls
    .filter((call) => call.invokedAt <= end)
    .map((call) => (seen.has(call) ? call : { ...call, completedAt: Number.POSITIVE_INFINITY }));
}
