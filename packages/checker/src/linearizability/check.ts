import { assertHistory, assertInputs, type History } from "../history/operation.ts";
import { blame } from "./blame.ts";
import { type Budget, Purse } from "./budget.ts";
import { type Model, type PartKey, unseen } from "./model.ts";
import { type Judgement, Search, type Verdict } from "./search.ts";
import type { Call } from "./states.ts";
import { judgeByZones } from "./zones.ts";

/** What became of one part of a history. Its verdict is also `unknown` when another part was found illegal first. */
export interface PartReport extends Judgement {
  /** Its operations, without the failed ones. */
  readonly operations: readonly number[];
}

/** The answer of `checkLinearizable`. */
export interface LinearizabilityReport {
  /** `illegal` when any part is, `linearizable` when all parts are. */
  readonly verdict: Verdict;
  /** The model's name. */
  readonly model: string;
  readonly parts: readonly PartReport[];
  /** The part that is illegal. */
  readonly violation: PartReport | undefined;
  /** Calls looked at, over all parts. */
  readonly steps: number;
}

/** Options of `checkLinearizable`. */
export interface LinearizabilityOptions {
  readonly budget?: Budget | undefined;
}

// Enough to settle most parts in one go; an illegal part is usually found within a few rounds.
const FIRST_SLICE = 4_096;

/**
 * Is there an order of all operations, each somewhere between its call and its answer, that the model could have
 * done one at a time (Herlihy and Wing 1990)? Operations of unknown outcome may take effect at any time after
 * their call, or never; failed ones have none.
 *
 * Reads and writes of distinct values take O(n log n). Else it is searched: exponential in the number of
 * operations under way at once, linear in the length of most histories. Parts take turns, with slices that double: one hard part cannot use up the budget while another
 * would have shown the violation at once. Deterministic: the same history and steps give the same report.
 *
 * Throws `HistoryError` for a history that makes no sense or is not of the model, and what the model throws.
 */
export function checkLinearizable<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  options: LinearizabilityOptions = {},
): LinearizabilityReport {
  assertHistory(history);
  const { name, accepts } = model;
  if (accepts) assertInputs(history, accepts.bind(model), `model ${name}`);
  const purse = new Purse(options.budget ?? {});
  const parts = divide(history, model);
  const judgements = [...parts].map(([part, calls]) => judgementOf(model, part, calls));
  if (!judgements.some(isIllegal)) deepen(judgements.filter(isSearch), purse);

  const reports = judgements.map((judgement): PartReport => {
    const { part, verdict, order, blocked, steps } = judgement;
    const calls = parts.get(part)!;
    const operations = calls.map((call) => call.index);
    const report = { part, verdict, operations, order, blocked, steps };
    if (!isIllegal(judgement) || (isSearch(judgement) && judgement.blamesExactly)) return report;
    const blamed = blame(calls, (prefix) => settle(judgementOf(model, part, prefix), purse));
    return { ...report, ...blamed, steps: steps + blamed.steps };
  });
  const violation = reports.find(isIllegal);
  const open = reports.some((report) => report.verdict === "unknown");
  return {
    verdict: violation ? "illegal" : open ? "unknown" : "linearizable",
    model: model.name,
    parts: reports,
    violation,
    steps: reports.reduce((sum, report) => sum + report.steps, 0),
  };
}

/** Linearizability is local (Herlihy and Wing 1990, theorem 1): independent objects can be judged apart. */
function divide<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
): Map<PartKey | undefined, Call<Input, Output>[]> {
  const parts = new Map<PartKey | undefined, Call<Input, Output>[]>();
  const calls: Call<Input, Output>[] = [];
  let whole = model.partition === undefined;
  for (const [index, operation] of history.entries()) {
    if (operation.outcome === "failed") continue;
    const { process, invokedAt, input } = operation;
    const seen = operation.outcome === "ok";
    const completedAt = seen ? operation.completedAt : Number.POSITIVE_INFINITY;
    const call: Call<Input, Output> = {
      index,
      process,
      invokedAt,
      completedAt,
      freeAt: completedAt,
      input,
      output: seen ? operation.output : unseen,
    };
    calls.push(call);
    if (whole) continue;
    const key = model.partition!(input);
    if (key === undefined) whole = true;
    else if (!parts.get(key)?.push(call)) parts.set(key, [call]);
  }
  return whole ? new Map([[undefined, calls]]) : parts;
}

/** Judges at once what zones can judge; else begins a search. */
function judgementOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  part: PartKey | undefined,
  calls: readonly Call<Input, Output>[],
): Judgement | Search<State, Input, Output> {
  return judgeByZones(model, part, calls) ?? new Search(model, part, calls);
}

/** Runs all searches in turn, in growing slices, until one is illegal, all are settled or the purse is empty. */
function deepen(searches: readonly AnySearch[], purse: Purse): void {
  let open = searches.filter((search) => search.verdict === "unknown");
  for (let slice = FIRST_SLICE; open.length > 0; slice *= 2) {
    for (const search of open) {
      if (!advance(search, slice, purse) || search.verdict === "illegal") return;
    }
    open = open.filter((search) => search.verdict === "unknown");
  }
}

/** Runs one search for at most so many steps; false when the purse is empty. */
function advance(search: AnySearch, slice: number, purse: Purse): boolean {
  for (let left = slice; left > 0 && search.verdict === "unknown"; ) {
    const granted = purse.grant(left);
    if (granted === 0) return false;
    const { steps, bytes } = search;
    search.run(granted);
    purse.spend(search.steps - steps, search.bytes - bytes);
    left -= granted;
  }
  return true;
}

/** Brings a judgement to its end, or the purse to its. */
function settle(judgement: Judgement, purse: Purse): Judgement {
  if (!isSearch(judgement)) return judgement;
  advance(judgement, Number.POSITIVE_INFINITY, purse);
  purse.spend(0, -judgement.bytes);
  return judgement;
}

type AnySearch = Search<unknown, unknown, unknown>;

function isIllegal(judgement: Judgement): boolean {
  return judgement.verdict === "illegal";
}

function isSearch(judgement: Judgement): judgement is AnySearch {
  return judgement instanceof Search;
}
