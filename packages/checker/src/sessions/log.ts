import { type EventualReport, type Finding, reportOf } from "../eventual/finding.ts";
import type { History } from "../history/operation.ts";
import { type SessionGuarantee, type SessionOperation, sessionsOf } from "./session.ts";

/** Names a write; unique per object. */
export type WriteId = string | number;

/** What an operation did to an object whose reads show which writes they contain (a log, a set, a feed). */
export type LogAction =
  | { readonly object: string | number; readonly type: "write"; readonly id: WriteId }
  | {
      readonly object: string | number;
      readonly type: "read";
      readonly ids: readonly WriteId[];
      /** Whether `ids` stand in the order in which the replica applied them; false for a set. */
      readonly ordered: boolean;
    };

type ReadAction = Extract<LogAction, { type: "read" }>;
type Entry = SessionOperation<LogAction>;

/** What whoever sees a write must see before it. */
interface Requirement {
  readonly guarantee: "monotonic-writes" | "writes-follow-reads";
  readonly id: WriteId;
  /** The operation of the write that comes with the requirement. */
  readonly write: number;
}

/**
 * Do sessions get their guarantees from a system whose reads show which writes they contain? The definitions are
 * those of Terry et al. 1994, for each object by itself. `actionOf` says what an operation did;
 * undefined leaves it out. O(sum of the lengths of all reads), and for each session the length of a read for
 * each of its writes.
 */
export function checkLogSessions<Input, Output>(
  history: History<Input, Output>,
  actionOf: (input: Input, output: Output) => LogAction | undefined,
): EventualReport<SessionGuarantee> {
  const sessions = sessionsOf(history, actionOf);
  const findings = sessions.flatMap(judgeOwnReads);
  for (const ofObject of Map.groupBy(sessions, (session) => session[0]!.action.object).values()) {
    const requirements = requirementsOf(ofObject);
    for (const session of ofObject) {
      for (const { index, action } of session) {
        if (action.type === "read") findings.push(...judgeOrder(index, action, requirements));
      }
    }
  }
  return reportOf(findings);
}

/** Read your writes and monotonic reads: what the session itself must find again. */
function judgeOwnReads(session: readonly Entry[]): Finding<SessionGuarantee>[] {
  const findings: Finding<SessionGuarantee>[] = [];
  const written: { id: WriteId; index: number }[] = [];
  let lastRead: { ids: readonly WriteId[]; index: number } | undefined;
  for (const { index, action } of session) {
    if (action.type === "write") {
      written.push({ id: action.id, index });
      continue;
    }
    const ids = new Set(action.ids);
    const missing = (kind: SessionGuarantee, id: WriteId, earlier: number, did: string): void => {
      if (ids.has(id)) return;
      const story = `operation ${earlier} ${did} ${id}, then operation ${index} of the same session read ${action.object} without it`;
      findings.push({ kind, operations: [earlier, index], story });
    };
    for (const write of written) missing("read-your-writes", write.id, write.index, "wrote");
    for (const id of lastRead?.ids ?? []) missing("monotonic-reads", id, lastRead!.index, "read");
    lastRead = { ids: action.ids, index };
  }
  return findings;
}

/**
 * For each write, what must come before it: the session's write before it, and what the session has read since
 * that. What was required of that earlier write is not repeated: every read is held to it as well.
 */
function requirementsOf(sessions: readonly (readonly Entry[])[]): Map<WriteId, Requirement[]> {
  const requirements = new Map<WriteId, Requirement[]>();
  for (const session of sessions) {
    let pending: Omit<Requirement, "write">[] = [];
    for (const { index, action } of session) {
      if (action.type === "read") {
        for (const id of action.ids) pending.push({ guarantee: "writes-follow-reads", id });
        continue;
      }
      const own = pending.filter(({ id }) => id !== action.id);
      requirements.set(
        action.id,
        own.map((requirement) => ({ ...requirement, write: index })),
      );
      pending = [{ guarantee: "monotonic-writes", id: action.id }];
    }
  }
  return requirements;
}

/** Monotonic writes and writes follow reads: what any read must hold of others' sessions, in what order. */
function judgeOrder(
  index: number,
  read: ReadAction,
  requirements: ReadonlyMap<WriteId, readonly Requirement[]>,
): Finding<SessionGuarantee>[] {
  const findings: Finding<SessionGuarantee>[] = [];
  const place = new Map(read.ids.map((id, at) => [id, at]));
  for (const [at, id] of read.ids.entries()) {
    for (const { guarantee, id: earlier, write } of requirements.get(id) ?? []) {
      const earlierAt = place.get(earlier);
      if (earlierAt !== undefined && (!read.ordered || earlierAt < at)) continue;
      const how = earlierAt === undefined ? `without ${earlier}` : `with ${earlier} only after it`;
      const reason = guarantee === "monotonic-writes" ? "wrote" : "had read";
      const story = `operation ${index} read ${id} of ${read.object} ${how}, which the session of operation ${write} ${reason} before it wrote ${id}`;
      findings.push({ kind: guarantee, operations: [write, index], story });
    }
  }
  return findings;
}
