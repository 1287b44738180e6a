import { InvalidArgumentError, InvalidHistoryError, TooLargeError } from "../errors.ts";
import { assertReplicaId, describe, type ReplicaId } from "../replica.ts";
import { cellsOf } from "../vector/cells.ts";
import type { ReadonlyVersionVector } from "../vector/version-vector.ts";

/** One event of an execution, as a process logged it. */
export interface LoggedEvent {
  readonly process: ReplicaId;
  /** The event's stamp; its entry for `process` is the event's number. */
  readonly clock: ReadonlyVersionVector;
  /** What happened, for people. */
  readonly label?: string;
}

/** The most events of a log: beyond that nobody can read the picture. */
export const eventsMax = 10_000;

/** An event with its place in the execution. */
export interface PlacedEvent {
  readonly index: number;
  readonly process: ReplicaId;
  readonly number: number;
  readonly clock: ReadonlyVersionVector;
  readonly label: string;
  /** Length of the longest causal chain that ends here: later than all its causes. */
  readonly level: number;
  /** The events of other processes that it learnt of directly, as far as the log has them. */
  readonly causes: readonly PlacedEvent[];
}

/** An execution, rebuilt from its log. */
export interface History {
  /** In the order in which the log first names them. */
  readonly processes: readonly ReplicaId[];
  /** In an order that respects causality. */
  readonly events: readonly PlacedEvent[];
}

/**
 * Rebuilds who told whom from stamps alone. The log may come in any order, and events may be missing; a stamp that
 * contradicts another throws `InvalidHistoryError`.
 */
export function historyOf(log: readonly LoggedEvent[]): History {
  if (!Array.isArray(log)) throw new InvalidArgumentError(`A log is a list of events, not ${describe(log)}.`);
  if (log.length > eventsMax) {
    throw new TooLargeError(
      `A diagram shows at most ${eventsMax} events; the log has ${log.length}. Take a part of it.`,
    );
  }
  const placed = new Map<ReplicaId, PlacedEvent[]>();
  const numberedEvents = log.map(numbered);
  for (const { process } of numberedEvents) placed.set(process, []);
  const events: PlacedEvent[] = [];
  for (const event of inCausalOrder(numberedEvents)) {
    const next = place(event, placed);
    placed.get(event.process)!.push(next);
    events.push(next);
  }
  return { processes: [...placed.keys()], events };
}

type Numbered = Omit<PlacedEvent, "level" | "causes">;

/** Whoever knows more stands later: the sum of a stamp's entries grows along every causal path. Ties go by name. */
function inCausalOrder(events: readonly Numbered[]): Numbered[] {
  return events
    .map((event) => ({ ...event, sum: sumOf(event.clock) }))
    .sort((a, b) => a.sum - b.sum || (a.process < b.process ? -1 : Number(a.process > b.process)));
}

function numbered(event: LoggedEvent, index: number): Numbered {
  if (event === null || typeof event !== "object") {
    throw new InvalidArgumentError(
      `Event ${index} of the log is ${describe(event)}, not { process, clock, label }.`,
    );
  }
  const { process, clock, label } = event;
  assertReplicaId(process);
  cellsOf(clock);
  const number = clock.get(process);
  if (number === 0)
    throw new InvalidHistoryError(`the stamp does not count its own process ${describe(process)}.`, index);
  return { index, process, number, clock, label: String(label ?? "") };
}

function sumOf(clock: ReadonlyVersionVector): number {
  let sum = 0;
  for (const { counter } of clock) sum += counter;
  return sum;
}

function place(event: Numbered, placed: ReadonlyMap<ReplicaId, readonly PlacedEvent[]>): PlacedEvent {
  const previous = placed.get(event.process)!.at(-1);
  if (previous !== undefined) assertFollows(event, previous);
  const learnt = [...event.clock]
    .filter(({ id, counter }) => id !== event.process && counter > (previous?.clock.get(id) ?? 0))
    .map(({ id, counter }) => latest(placed.get(id) ?? [], counter))
    .filter((cause) => cause !== undefined);
  for (const cause of learnt) assertFollows(event, cause);
  const causes = learnt.filter(
    (cause) =>
      !(previous?.clock.has(cause.process, cause.number) ?? false) &&
      learnt.every((other) => other === cause || !other.clock.has(cause.process, cause.number)),
  );
  const level = Math.max(0, ...[previous, ...causes].map((cause) => (cause?.level ?? -1) + 1));
  return { ...event, level, causes };
}

function assertFollows(event: Numbered, cause: PlacedEvent): void {
  if (event.clock.dominates(cause.clock)) return;
  const what =
    event.process === cause.process
      ? `it is no later event of ${describe(event.process)} than event ${cause.index} of the log.`
      : `it knows of event ${cause.index} of the log, but not all that was known there.`;
  throw new InvalidHistoryError(what, event.index);
}

/** The last of a process's events up to a number, by bisection. */
function latest(events: readonly PlacedEvent[], number: number): PlacedEvent | undefined {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (events[middle]!.number <= number) low = middle + 1;
    else high = middle;
  }
  return events[low - 1];
}
