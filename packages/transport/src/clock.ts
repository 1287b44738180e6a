/** Calls off what was asked for. Calling it twice, or too late, does nothing. */
export type Cancel = () => void;

/**
 * Time as protocols see it. The real clock and the virtual clock of a simulation implement it; nothing else
 * under `packages/` reads the time.
 */
export interface Clock {
  /** Monotonic milliseconds, fractional, from an origin that means nothing across processes. */
  now(): number;
  /** Milliseconds since the Unix epoch. May jump either way: never measure a duration with it. */
  wall(): number;
  /**
   * Calls `fn` once, when `now() >= at`, never before this turn of the event loop ends. May be late by any
   * amount (a stalled loop, a stopped process): callers compare `now()` with what they asked for.
   */
  wake(at: number, fn: () => void): Cancel;
}

/** What everything that waits takes. Whichever comes first ends the wait. */
export interface Wait {
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the wait with a typed error after that many milliseconds of the host's monotonic clock. */
  readonly timeoutMs?: number | undefined;
}
