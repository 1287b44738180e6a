/** An option or argument is out of range. */
export class OptionError extends Error {
  readonly code = "GOSSIP_OPTION";
  override readonly name = "OptionError";
}

/** Something that this protocol promises does not hold on this node: a bug. */
export class InvariantError extends Error {
  readonly code = "GOSSIP_INVARIANT";
  override readonly name = "InvariantError";

  constructor(what: string) {
    super(`Invariant broken: ${what}. This node has stopped; start it again.`);
  }
}

/** What was waited for did not happen in time. */
export class TimeoutError extends Error {
  readonly code = "GOSSIP_TIMEOUT";
  override readonly name = "TimeoutError";

  constructor(what: string, timeoutMs: number) {
    super(`${what} within ${timeoutMs} ms.`);
  }
}

/** The node was closed, has left, or has failed. */
export class StoppedError extends Error {
  readonly code = "GOSSIP_STOPPED";
  override readonly name = "StoppedError";

  constructor(options?: ErrorOptions) {
    super("The node has stopped.", options);
  }
}
