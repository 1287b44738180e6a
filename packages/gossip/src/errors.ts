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

/** A message is longer than the options allow. Raise the limit on every node, or send less. */
export class MessageTooLargeError extends Error {
  readonly code = "GOSSIP_MESSAGE_TOO_LARGE";
  override readonly name = "MessageTooLargeError";

  constructor(bytes: number, bytesMax: number) {
    super(`The message has ${bytes} bytes, the limit is ${bytesMax}: raise it on every node, or send less.`);
  }
}

/** A peer sent what no node of this protocol sends. The transport counts and drops it. */
export class MalformedMessageError extends Error {
  readonly code = "GOSSIP_MALFORMED";
  override readonly name = "MalformedMessageError";

  constructor(what: string) {
    super(`Malformed message: ${what}.`);
  }
}

/** The codec of this node cannot read a value that another member wrote. */
export class UndecodableValueError extends Error {
  readonly code = "GOSSIP_UNDECODABLE_VALUE";
  override readonly name = "UndecodableValueError";

  constructor(key: string, writer: string, options: ErrorOptions) {
    super(
      `The value of "${key}" that ${writer} wrote cannot be decoded: set or delete the key, or give all nodes the same codec.`,
      options,
    );
  }
}

/** The map holds as many entries as its options allow, certificates of deleted keys included. */
export class MapFullError extends Error {
  readonly code = "GOSSIP_MAP_FULL";
  override readonly name = "MapFullError";

  constructor(entriesMax: number) {
    super(
      `The map holds ${entriesMax} entries, its limit: raise entriesMax on every node, or delete keys and wait.`,
    );
  }
}
