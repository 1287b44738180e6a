import { assertHistory, assertInputs, type History, type Operation } from "../history/operation.ts";
import { type CounterInput, type CounterOutput, counter } from "../models/counter.ts";
import { type EventualReport, type Finding, reportOf, type Settled } from "./finding.ts";

/**
 * Is a counter that replicas spread among themselves within what was added to it? A read lies between the sum
 * of all negative and the sum of all positive amounts tried by then: it may miss any of them. From `settledAt`
 * on it misses none that was acknowledged. O(n log n).
 */
export function checkCounter(
  history: History<CounterInput, CounterOutput>,
  options: Settled = {},
): EventualReport<"out-of-bounds"> {
  assertHistory(history);
  assertInputs(history, counter.accepts!, "a counter");
  const settledAt = options.settledAt ?? Number.POSITIVE_INFINITY;
  const findings: Finding<"out-of-bounds">[] = [];
  const tried = { low: 0, high: 0 };
  // Sums of what was acknowledged before the system came to rest, which settled reads can count on.
  const certain = { low: 0, high: 0 };

  for (const { index, by, operation } of eventsOf(history)) {
    if (by !== undefined) {
      tried[by < 0 ? "low" : "high"] += by;
      const spread = operation.outcome === "ok" && operation.completedAt <= settledAt;
      if (spread) certain[by < 0 ? "low" : "high"] += by;
      continue;
    }
    const value = operation.outcome === "ok" ? Number(operation.output) : Number.NaN;
    const settled = operation.invokedAt >= settledAt;
    const low = tried.low + (settled ? certain.high : 0);
    const high = tried.high + (settled ? certain.low : 0);
    if (value >= low && value <= high) continue;
    const then = settled ? "by then, with everything spread," : "by then";
    const story = `operation ${index} read ${value}, but ${then} it must lie between ${low} and ${high}`;
    findings.push({ kind: "out-of-bounds", operations: [index], story });
  }
  return reportOf(findings);
}

interface Event {
  readonly at: number;
  readonly index: number;
  /** The amount added; undefined for a read. */
  readonly by: number | undefined;
  readonly operation: Operation<CounterInput, CounterOutput>;
}

/** Adds at their calls and reads at their answers: an add called when a read is answered may be in it. */
function eventsOf(history: History<CounterInput, CounterOutput>): Event[] {
  const events: Event[] = [];
  for (const [index, operation] of history.entries()) {
    if (operation.outcome === "failed") continue;
    const { input } = operation;
    if (input.op === "add") events.push({ at: operation.invokedAt, index, by: input.by, operation });
    else if (operation.outcome === "ok") {
      events.push({ at: operation.completedAt, index, by: undefined, operation });
    }
  }
  return events.sort((a, b) => a.at - b.at || Number(a.by === undefined) - Number(b.by === undefined));
}
