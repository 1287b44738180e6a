import { HistoryError } from "../errors.ts";
import { canonical } from "../history/canonical.ts";
import { assertHistory, assertInputs, type CompletedOperation, type History } from "../history/operation.ts";
import { type SetInput, type SetOutput, set } from "../models/set.ts";
import { type EventualReport, type Finding, reportOf, type Settled } from "./finding.ts";

/** What can be wrong with an eventually consistent set. */
export type SetFinding =
  /** An acknowledged add is missing from a settled read. */
  | "lost"
  /** A read holds what nobody had tried to add. */
  | "unexpected"
  /** A read holds a member twice. */
  | "duplicate";

type SetHistory = History<SetInput, SetOutput>;
type Read = { readonly index: number; readonly operation: CompletedOperation<SetInput, SetOutput> };

/**
 * Is a set that replicas spread among themselves one that loses and invents nothing? Reads may be stale until
 * `settledAt`; from then on they hold every acknowledged add of a value that nobody tried to remove. (What
 * becomes of a value that is added and removed depends on the set's semantics: it may be there or not.)
 * O(members read).
 */
export function checkSet(history: SetHistory, options: Settled = {}): EventualReport<SetFinding> {
  assertHistory(history);
  assertInputs(history, set.accepts!, "a set");
  const settledAt = options.settledAt ?? Number.POSITIVE_INFINITY;
  const { tried, expected } = writesOf(history, settledAt);
  const findings: Finding<SetFinding>[] = [];
  for (const read of readsOf(history)) {
    const members = membersIn(read).map(canonical);
    findings.push(...strangeMembers(read, members, tried));
    if (read.operation.invokedAt < settledAt) continue;
    const present = new Set(members);
    for (const [member, add] of expected) {
      if (present.has(member)) continue;
      const story = `operation ${add} added ${member} and was acknowledged, but operation ${read.index}, a settled read, does not hold it`;
      findings.push({ kind: "lost", operations: [add, read.index], story });
    }
  }
  return reportOf(findings);
}

/** When each member's add was first called, and the adds, acknowledged in time, of what nobody tried to remove. */
function writesOf(
  history: SetHistory,
  settledAt: number,
): { tried: Map<string, number>; expected: Map<string, number> } {
  const tried = new Map<string, number>();
  const expected = new Map<string, number>();
  const removed = new Set<string>();
  for (const [index, operation] of history.entries()) {
    const { input, outcome, invokedAt } = operation;
    if (outcome === "failed" || (input.op !== "add" && input.op !== "remove")) continue;
    const member = canonical(input.value);
    if (input.op === "remove") removed.add(member);
    else {
      tried.set(member, Math.min(invokedAt, tried.get(member) ?? invokedAt));
      if (outcome === "ok" && operation.completedAt <= settledAt) expected.set(member, index);
    }
  }
  for (const member of removed) expected.delete(member);
  return { tried, expected };
}

function readsOf(history: SetHistory): Read[] {
  return history.flatMap((operation, index) =>
    operation.outcome === "ok" && operation.input.op === "read" ? [{ index, operation }] : [],
  );
}

function membersIn({ index, operation: { output } }: Read): readonly unknown[] {
  if (Array.isArray(output)) return output;
  throw new HistoryError(`a read of a set answers an array, not ${JSON.stringify(output)}`, {
    operation: index,
  });
}

function strangeMembers(
  read: Read,
  members: readonly string[],
  tried: ReadonlyMap<string, number>,
): Finding<SetFinding>[] {
  const findings: Finding<SetFinding>[] = [];
  const seen = new Set<string>();
  for (const member of members) {
    const operations = [read.index];
    if (seen.has(member)) {
      findings.push({
        kind: "duplicate",
        operations,
        story: `operation ${read.index} read ${member} twice`,
      });
    }
    seen.add(member);
    const triedAt = tried.get(member);
    if (triedAt === undefined || triedAt > read.operation.completedAt) {
      findings.push({
        kind: "unexpected",
        operations,
        story: `operation ${read.index} read ${member}, which nobody had tried to add by then`,
      });
    }
  }
  return findings;
}
