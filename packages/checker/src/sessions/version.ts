import { type EventualReport, type Finding, reportOf } from "../eventual/finding.ts";
import type { History } from "../history/operation.ts";
import { type SessionGuarantee, sessionsOf } from "./session.ts";

/** What an operation did to an object whose versions are numbered: which version it made or found. */
export interface VersionAction {
  readonly object: string | number;
  readonly type: "read" | "write";
  readonly version: number;
}

/**
 * Do sessions get their guarantees from a system whose objects have numbered versions (a revision, a timestamp
 * of the last writer)? `actionOf` says what an operation did; undefined leaves it out. O(n log n).
 */
export function checkVersionSessions<Input, Output>(
  history: History<Input, Output>,
  actionOf: (input: Input, output: Output) => VersionAction | undefined,
): EventualReport<SessionGuarantee> {
  const findings: Finding<SessionGuarantee>[] = [];
  for (const session of sessionsOf(history, actionOf)) {
    const latest: Record<"read" | "write", { index: number; version: number } | undefined> = {
      read: undefined,
      write: undefined,
    };
    for (const { index, action } of session) {
      const { type, version, object } = action;
      for (const before of ["write", "read"] as const) {
        const earlier = latest[before];
        // A read may find the same version again; a write must make a new one.
        if (!earlier || version > earlier.version) continue;
        if (type === "read" && version === earlier.version) continue;
        findings.push({
          kind: guarantee(before, type),
          operations: [earlier.index, index],
          story: `operation ${earlier.index} ${did(before)} version ${earlier.version} of ${object}, then operation ${index} of the same session ${did(type)} version ${version}`,
        });
      }
      if (!latest[type] || latest[type].version < version) latest[type] = { index, version };
    }
  }
  return reportOf(findings);
}

function guarantee(before: "read" | "write", then: "read" | "write"): SessionGuarantee {
  if (then === "read") return before === "write" ? "read-your-writes" : "monotonic-reads";
  return before === "write" ? "monotonic-writes" : "writes-follow-reads";
}

function did(type: "read" | "write"): string {
  return type === "read" ? "read" : "wrote";
}
