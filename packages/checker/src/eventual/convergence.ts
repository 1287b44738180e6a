import { canonical } from "../history/canonical.ts";
import { assertHistory, type History } from "../history/operation.ts";
import { type EventualReport, type Finding, reportOf } from "./finding.ts";

/** Options of `checkConvergence`. */
export interface ConvergenceOptions<Input> {
  /** From when on all replicas must answer alike: writes over, faults healed, time to spread. */
  readonly settledAt: number;
  /** What a read was about: reads of the same subject must agree. Undefined for what is not a read. */
  subject(input: Input): string | number | undefined;
}

/** Do all settled reads of a subject answer the same, whatever it is? O(n). */
export function checkConvergence<Input>(
  history: History<Input, unknown>,
  options: ConvergenceOptions<Input>,
): EventualReport<"diverged"> {
  assertHistory(history);
  const answers = new Map<string | number, Map<string, number[]>>();
  for (const [index, operation] of history.entries()) {
    if (operation.outcome !== "ok" || operation.invokedAt < options.settledAt) continue;
    const subject = options.subject(operation.input);
    if (subject === undefined) continue;
    const ofSubject = answers.get(subject) ?? new Map<string, number[]>();
    answers.set(subject, ofSubject);
    const answer = canonical(operation.output);
    if (!ofSubject.get(answer)?.push(index)) ofSubject.set(answer, [index]);
  }
  const findings: Finding<"diverged">[] = [];
  for (const [subject, ofSubject] of answers) {
    if (ofSubject.size < 2) continue;
    const sides = [...ofSubject].map(([answer, reads]) => `${answer} (operations ${reads.join(", ")})`);
    const story = `settled reads of ${canonical(subject)} disagree: ${sides.join(" against ")}`;
    findings.push({ kind: "diverged", operations: [...ofSubject.values()].flat(), story });
  }
  return reportOf(findings);
}
