import type { Position } from "./log.ts";
import type { State } from "./state.ts";

/** What is applied in one go, before anything else gets its turn. */
const sliceBytesMax = 65_536;

/**
 * Hands over what is committed, once it is durable here too: applied state never runs ahead of the own log. A slice at
 * a time, the next once that is applied, so that a backlog waits in the log and not in memory.
 */
export function handOver(s: State): void {
  const to = Math.min(s.commit, s.persistence.stable);
  if (s.applying || to <= s.handed.index) return;
  const entries = s.reader.read(
    s,
    s.handed.index + 1,
    to,
    Math.min(s.options.messageBytesMax, sliceBytesMax),
  );
  if (entries === undefined) return;
  s.applying = true;
  handedTo(s, entries.at(-1)!);
  s.history.forgetBefore(s.handed.index);
  s.proposals.settle(entries, s.id);
  s.proposals.releaseBefore(s.handed.term);
  s.ask({ type: "apply", entries });
}

/** Everything up to `position` has been handed over, one way or the other. */
export function handedTo(s: State, { index, term, time }: Position): void {
  s.handed = { index, term, time };
}

/** What was handed over is applied up to `index`. */
export function applied(s: State, index: number): void {
  if (index >= s.handed.index) s.applying = false;
}
