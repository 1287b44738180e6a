/** Base of every failure of this package; `code` is stable and fit for `switch`. */
export abstract class CrdtError extends Error {
  abstract readonly code: string;
}

/** The bytes are not what this package writes: cut short, altered on the way, or of another kind or version. */
export class CorruptBytesError extends CrdtError {
  readonly code = "CRDT_CORRUPT_BYTES";

  constructor(what: string, options?: ErrorOptions) {
    super(
      `The bytes cannot be read: ${what}. Nothing was applied; fetch them again from a replica.`,
      options,
    );
    this.name = "CorruptBytesError";
  }
}

/** The bytes are intact, but what they ask for cannot have been written by a correct replica. */
export class InvalidUpdateError extends CrdtError {
  readonly code = "CRDT_INVALID_UPDATE";

  constructor(what: string, options?: ErrorOptions) {
    super(
      `The update breaks a rule: ${what}. Nothing was applied; do not accept bytes from its sender.`,
      options,
    );
    this.name = "InvalidUpdateError";
  }
}

/** Two replicas wrote different operations under one replica id. */
export class ReplicaReusedError extends CrdtError {
  readonly code = "CRDT_REPLICA_REUSED";
  readonly replica: string;

  constructor(replica: string, sequence: number, options?: ErrorOptions) {
    super(
      `Replica id ${JSON.stringify(replica)} was used by two writers: operation ${sequence} differs here and there. ` +
        "Give each writer an id of its own, and a new one after a restore from backup.",
      options,
    );
    this.name = "ReplicaReusedError";
    this.replica = replica;
  }
}

/** Updates that wait for their causes fill the room kept for them. */
export class PendingFullError extends CrdtError {
  readonly code = "CRDT_PENDING_FULL";

  constructor(bytes: number, bytesMax: number, options?: ErrorOptions) {
    super(
      `An update of ${bytes} bytes lacks its causes and does not fit into the ${bytesMax} bytes kept for such updates. ` +
        "It was dropped: ask a replica for everything since version(), then for this update again.",
      options,
    );
    this.name = "PendingFullError";
  }
}

/** A replica lacks what everybody else has seen and forgotten. */
export class HistoryForgottenError extends CrdtError {
  readonly code = "CRDT_HISTORY_FORGOTTEN";

  constructor(what: string, options?: ErrorOptions) {
    super(
      `${what} History that every member had seen was forgotten, so updates cannot bring the two together. ` +
        "Send the whole document, by encode(), and let the replica that fell behind open it under a new id.",
      options,
    );
    this.name = "HistoryForgottenError";
  }
}

/** The past was asked for where it is not kept, or not kept so far back. */
export class HistoryNotKeptError extends CrdtError {
  readonly code = "CRDT_HISTORY_NOT_KEPT";

  constructor(what: string, options?: ErrorOptions) {
    super(
      `${what} What was can be told only by what is made with \`history: true\` and stored with its history, on all ` +
        "replicas, and only back to the last forgetting.",
      options,
    );
    this.name = "HistoryNotKeptError";
  }
}

/** A version was asked for that has operations which are not here. */
export class UnknownVersionError extends CrdtError {
  readonly code = "CRDT_UNKNOWN_VERSION";
  readonly replica: string;

  constructor(replica: string, from: number, to: number, options?: ErrorOptions) {
    super(
      `The version has seen operations ${from} to ${to - 1} of replica ${JSON.stringify(replica)}, which are not here: ` +
        "apply the updates that bring them, then ask again.",
      options,
    );
    this.name = "UnknownVersionError";
    this.replica = replica;
  }
}

/** A nested value was written to that is not in its list any more. */
export class RemovedValueError extends CrdtError {
  readonly code = "CRDT_REMOVED_VALUE";

  constructor(list: string, options?: ErrorOptions) {
    super(
      `The value was removed from the list at ${list}, and nobody would see what is written to it. Nothing was changed; ` +
        "take the value from the list again, by at(index), before writing.",
      options,
    );
    this.name = "RemovedValueError";
  }
}

/** An argument is outside what the operation allows. */
export class InvalidArgumentError extends CrdtError {
  readonly code = "CRDT_INVALID_ARGUMENT";

  constructor(what: string, options?: ErrorOptions) {
    super(what, options);
    this.name = "InvalidArgumentError";
  }
}

/** A limit that was set for this value would be passed. */
export class LimitExceededError extends CrdtError {
  readonly code = "CRDT_LIMIT_EXCEEDED";

  constructor(what: string, options?: ErrorOptions) {
    super(`${what} The operation was refused and changed nothing.`, options);
    this.name = "LimitExceededError";
  }
}
