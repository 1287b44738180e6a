/**
 * Every failure a caller of this package can meet, one class each. `code` is stable: match on it rather than on
 * the class, which a second copy of the package would define anew.
 */

/** What all errors of this package share. */
export abstract class ClocksError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** An argument that no correct caller passes: an empty replica id, a counter that is no whole number, ... */
export class InvalidArgumentError extends ClocksError {
  readonly code = "CLOCKS_INVALID_ARGUMENT";
}

/** A counter would leave the safe integers (2^53 - 1), beyond which numbers no longer count in ones. */
export class CounterOverflowError extends ClocksError {
  readonly code = "CLOCKS_COUNTER_OVERFLOW";
}

/** Something grew, or was asked to grow, past its documented bound. */
export class TooLargeError extends ClocksError {
  readonly code = "CLOCKS_TOO_LARGE";
}

/** Bytes that no encoder of this package wrote: cut short, altered, not canonical, or of another kind. */
export class MalformedBytesError extends ClocksError {
  readonly code = "CLOCKS_MALFORMED_BYTES";
  /** Where in the bytes the trouble was noticed. */
  readonly offset: number;

  constructor(what: string, offset: number, options?: ErrorOptions) {
    super(`${what} at byte ${offset}. Drop the message or ask its sender again.`, options);
    this.offset = offset;
  }
}

/** A remote hybrid stamp is further ahead of this machine's clock than `driftMaxMs` allows. */
export class ClockDriftError extends ClocksError {
  readonly code = "CLOCKS_DRIFT";
  /** How far the stamp is ahead of the local clock, in milliseconds. */
  readonly aheadMs: number;
  readonly driftMaxMs: number;

  constructor(aheadMs: number, driftMaxMs: number) {
    super(
      `The stamp is ${aheadMs} ms ahead of this machine's clock, more than the ${driftMaxMs} ms allowed. ` +
        "It was not taken over; check that both machines synchronise their clocks.",
    );
    this.aheadMs = aheadMs;
    this.driftMaxMs = driftMaxMs;
  }
}

/** A hybrid clock reached the ceiling that it must not pass. */
export class CeilingReachedError extends ClocksError {
  readonly code = "CLOCKS_CEILING_REACHED";
}

/** The operation needs an identity, and the interval tree clock is anonymous (made by `peek`). */
export class AnonymousClockError extends ClocksError {
  readonly code = "CLOCKS_ANONYMOUS";
}

/** Two holders of the same identity met: a replica was copied, or restored from a backup, instead of forked. */
export class IdentityConflictError extends ClocksError {
  readonly code = "CLOCKS_IDENTITY_CONFLICT";
}

/** A log of events that no execution can have produced. */
export class InvalidHistoryError extends ClocksError {
  readonly code = "CLOCKS_INVALID_HISTORY";
  /** Index in the log of the event that does not fit. */
  readonly index: number;

  constructor(what: string, index: number) {
    super(`Event ${index} of the log: ${what}`);
    this.index = index;
  }
}
