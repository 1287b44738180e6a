import { canonical } from "../history/canonical.ts";
import { assertHistory, type History } from "../history/operation.ts";
import { type EventualReport, type Finding, reportOf } from "./finding.ts";

/** Is every answer of the history given once? For generators of identifiers, whatever they were asked. O(n). */
export function checkUniqueIds(history: History): EventualReport<"duplicate"> {
  assertHistory(history);
  const byId = new Map<string, number[]>();
  for (const [index, operation] of history.entries()) {
    if (operation.outcome !== "ok") continue;
    const id = canonical(operation.output);
    if (!byId.get(id)?.push(index)) byId.set(id, [index]);
  }
  const findings: Finding<"duplicate">[] = [];
  for (const [id, operations] of byId) {
    if (operations.length < 2) continue;
    const story = `operations ${operations.join(", ")} were all given the identifier ${id}`;
    findings.push({ kind: "duplicate", operations, story });
  }
  return reportOf(findings);
}
