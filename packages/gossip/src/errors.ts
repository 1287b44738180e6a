/** An option or argument is out of range. */
export class OptionError extends Error {
  readonly code = "GOSSIP_OPTION";
  override readonly name = "OptionError";
}

/** Something that this protocol promises does not hold on this node: a bug, or a disk that lost what it had synced. */
export class InvariantError extends Error {
  readonly code = "GOSSIP_INVARIANT";
  override readonly name = "InvariantError";

  constructor(what: string) {
    super(`Invariant broken: ${what}. This node has stopped; keep its folder and replace the node.`);
  }
}

/** The number did not reach every node in time. It is not called back: it may still get there. */
export class TimeoutError extends Error {
  readonly code = "GOSSIP_TIMEOUT";
  override readonly name = "TimeoutError";

  constructor(value: number, timeoutMs: number) {
    super(
      `${value} was not confirmed by every node within ${timeoutMs} ms: is each of them up? It may still be.`,
    );
  }
}

/** The node was closed, or has failed, before the answer was known. */
export class StoppedError extends Error {
  readonly code = "GOSSIP_STOPPED";
  override readonly name = "StoppedError";

  constructor(options?: ErrorOptions) {
    super("The node has stopped.", options);
  }
}
