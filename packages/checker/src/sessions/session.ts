import { assertHistory, type CompletedOperation, type History } from "../history/operation.ts";

/** The four guarantees of Terry et al. 1994 to one session, whatever replicas it talks to. */
export type SessionGuarantee =
  /** A read sees what the session wrote before. */
  | "read-your-writes"
  /** A read sees what the session read before. */
  | "monotonic-reads"
  /** Who sees a write sees what its session wrote before it. */
  | "monotonic-writes"
  /** Who sees a write sees what its session had read before it. */
  | "writes-follow-reads";

/** One completed operation of a session. */
export interface SessionOperation<Action> {
  /** Its index in the history. */
  readonly index: number;
  readonly action: Action;
}

/**
 * The completed operations of each session (process) on each object, in the session's order. An operation whose
 * outcome is unknown promises its session nothing.
 */
export function sessionsOf<Input, Output, Action extends { readonly object: string | number }>(
  history: History<Input, Output>,
  actionOf: (input: Input, output: Output) => Action | undefined,
): SessionOperation<Action>[][] {
  assertHistory(history);
  const completed = history
    .map((operation, index) => ({ index, operation }))
    .filter((entry): entry is { index: number; operation: CompletedOperation<Input, Output> } => {
      return entry.operation.outcome === "ok";
    })
    .sort((a, b) => a.operation.invokedAt - b.operation.invokedAt || a.index - b.index);
  const sessions = new Map<string, SessionOperation<Action>[]>();
  for (const { index, operation } of completed) {
    const action = actionOf(operation.input, operation.output);
    if (action === undefined) continue;
    const place = JSON.stringify([operation.process, action.object]);
    const entry = { index, action };
    if (!sessions.get(place)?.push(entry)) sessions.set(place, [entry]);
  }
  return [...sessions.values()];
}
