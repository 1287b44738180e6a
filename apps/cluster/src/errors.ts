/** The cluster did not answer in time: no leader, no majority, or too much to do. Trying again may help. */
export class StoreUnavailableError extends Error {
  readonly code = "STORE_UNAVAILABLE";
  override readonly name = "StoreUnavailableError";
  /** Whether a command may have happened, or may yet happen, all the same. */
  readonly mayHaveHappened: boolean;

  constructor(reason: string, mayHaveHappened: boolean, options?: ErrorOptions) {
    super(reason, options);
    this.mayHaveHappened = mayHaveHappened;
  }
}

/** What a node was told at its start does not fit together. */
export class SettingsError extends Error {
  readonly code = "SETTINGS";
  override readonly name = "SettingsError";
}

/** A process of the cluster ended before it was ready, or did not become ready in time. */
export class NodeStartError extends Error {
  readonly code = "NODE_START";
  override readonly name = "NodeStartError";
}

/** No node could be reached, or none found a leader in time. */
export class ClusterUnreachableError extends Error {
  readonly code = "CLUSTER_UNREACHABLE";
  override readonly name = "ClusterUnreachableError";
}

/** A node refused a request for a reason that trying again does not change. */
export class RequestRefusedError extends Error {
  readonly code = "REQUEST_REFUSED";
  override readonly name = "RequestRefusedError";
  readonly status: number;
  /** The `code` of the node's answer. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** A line of an input file is larger than a value may be. */
export class LineTooLongError extends Error {
  readonly code = "LINE_TOO_LONG";
  override readonly name = "LineTooLongError";

  constructor(file: string, line: number, bytesMax: number) {
    super(
      `${file}: line ${line} has more than ${bytesMax} bytes, and a value may not. Split it, or leave it out.`,
    );
  }
}

/** A snapshot of the store ends too early or does not hold what its header says. */
export class SnapshotError extends Error {
  readonly code = "SNAPSHOT";
  override readonly name = "SnapshotError";
}

/** A file of keys is missing, cannot be read or does not fit. */
export class KeyFileError extends Error {
  readonly code = "KEY_FILE";
  override readonly name = "KeyFileError";
}
