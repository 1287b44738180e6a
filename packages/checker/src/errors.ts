/**
 * A history that cannot be judged: a line that does not parse, times that run backwards, a value written twice, an
 * operation that the model does not know.
 */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
  readonly code = "CHECKER_BAD_HISTORY";
  /** The line of the file, counted from 1, when the history was read from one. */
  readonly line: number | undefined;
  /** The operation's index in the history, counted from 0, when one is at fault. */
  readonly operation: number | undefined;
  /** What is wrong, without the place. */
  readonly reason: string;

  constructor(reason: string, place: { line?: number; operation?: number } = {}, options?: ErrorOptions) {
    const where =
      place.line !== undefined
        ? `line ${place.line}: `
        : place.operation !== undefined
          ? `operation ${place.operation}: `
          : "";
    super(where + reason, options);
    this.reason = reason;
    this.line = place.line;
    this.operation = place.operation;
  }
}

/** A model cannot be used: a state without an identity, an operation that it neither accepts nor refuses. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code = "CHECKER_BAD_MODEL";
}

/** An option out of its range. */
export class CheckerOptionError extends Error {
  override readonly name = "CheckerOptionError";
  readonly code = "CHECKER_BAD_OPTION";
}
