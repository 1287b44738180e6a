import { CheckerOptionError } from "../errors.ts";
import type { History } from "../history/operation.ts";
import { type Anomaly, type AnomalyKind, Findings, type IsolationLevel } from "./anomaly.ts";
import { findCycles } from "./cycles.ts";
import type { DependencyGraph } from "./graph.ts";
import { analyzeListAppend } from "./list-append.ts";
import { addRealTime } from "./realtime.ts";
import { analyzeRegisters } from "./register.ts";
import { tellCycle } from "./story.ts";
import {
  isListAppendStep,
  isRegisterStep,
  type ListAppendStep,
  type RegisterStep,
  transactionsOf,
} from "./transaction.ts";

/** Options of `checkTransactions`. */
export interface TransactionOptions {
  /** What the transactions' steps do: append to lists and read them, or write registers and read them. */
  readonly model: "list-append" | "register";
  /**
   * For registers: each key by itself is known to be linearizable, so that the times of writes tell the order of
   * versions. Finds more; false unless said otherwise.
   */
  readonly linearizableKeys?: boolean | undefined;
  /** How many anomalies of each kind are reported; all are counted. Default 16. */
  readonly perKindMax?: number | undefined;
  /** How many edges of the graph the search for cycles may look at. Default 50,000,000: some seconds. */
  readonly steps?: number | undefined;
}

/** A step of either model. */
export type TransactionStep = ListAppendStep | RegisterStep;

/** The answer of `checkTransactions`. */
export interface TransactionReport {
  readonly model: "list-append" | "register";
  /** What was found, at most `perKindMax` of each kind; of cycles, one of each kind for each knot of them. */
  readonly anomalies: readonly Anomaly[];
  /** How many of each kind were found. */
  readonly counts: ReadonlyMap<AnomalyKind, number>;
  /** The strongest level that nothing found forbids; `none` when even the weakest is broken. */
  readonly strongest: IsolationLevel | "none";
  /** False when the steps ended before all cycles had been looked for: then there may be more. */
  readonly complete: boolean;
  /** How many transactions are known to have committed, and how many precedences between them. */
  readonly size: { readonly transactions: number; readonly precedences: number };
}

/**
 * Which isolation does a history of transactions show? After Elle (Alvaro and Kingsbury 2020): every value is
 * written once, so reads tell who came before whom; a circle of such precedences is an anomaly. Every anomaly
 * reported did happen. What is not reported may still have happened: for lists whose keys are read again at the
 * end, the levels are exact; registers tell less. About linear in the size of the history.
 *
 * Throws `HistoryError` for steps of another model or values that are not unique per key.
 */
export function checkTransactions(
  history: History<readonly TransactionStep[], readonly TransactionStep[]>,
  options: TransactionOptions,
): TransactionReport {
  const { model, perKindMax = 16, steps = 50_000_000 } = options;
  if (!(perKindMax >= 1)) throw new CheckerOptionError(`perKindMax must be at least 1: ${perKindMax}`);
  if (!(steps >= 1)) throw new CheckerOptionError(`steps must be at least 1: ${steps}`);
  const findings = new Findings(perKindMax);
  const graph = analyze(history, options, findings);
  const { found, complete } = findCycles(graph, steps);
  for (const { kind, cycle } of found) {
    const transactions = cycle.map((edge) => edge.from);
    findings.add(kind, transactions, () => tellCycle(kind, cycle));
  }
  const admitted = history.filter((_, index) => graph.has(index)).length;
  return {
    model,
    anomalies: findings.anomalies,
    counts: findings.counts,
    strongest: findings.levelsLeft()[0] ?? "none",
    complete,
    size: { transactions: admitted, precedences: graph.edges },
  };
}

function analyze(
  history: History<readonly TransactionStep[], readonly TransactionStep[]>,
  options: TransactionOptions,
  findings: Findings,
): DependencyGraph {
  if (options.model === "list-append") {
    const transactions = transactionsOf(
      history as History<readonly ListAppendStep[], readonly ListAppendStep[]>,
      isListAppendStep,
    );
    const graph = analyzeListAppend(transactions, findings);
    addRealTime(graph, transactions);
    return graph;
  }
  if (options.model === "register") {
    const transactions = transactionsOf(
      history as History<readonly RegisterStep[], readonly RegisterStep[]>,
      isRegisterStep,
    );
    const graph = analyzeRegisters(transactions, options.linearizableKeys ?? false, findings);
    addRealTime(graph, transactions);
    return graph;
  }
  throw new CheckerOptionError(`model must be list-append or register, not ${String(options.model)}`);
}
