/** A log entry is not one that this package wrote. */
export class CommandFormatError extends Error {
  readonly code = "STATE_MACHINE_COMMAND_FORMAT";
  override readonly name = "CommandFormatError";
  constructor(what: string, options?: ErrorOptions) {
    super(`${what}. Every member of a group must run compatible versions of its state machine.`, options);
  }
}

/** A value has no form in JSON: `undefined`, a function or a symbol. Nothing was written. */
export class NoJsonError extends Error {
  readonly code = "STATE_MACHINE_NO_JSON";
  override readonly name = "NoJsonError";
  readonly mayCommit = false;
  constructor(type: string) {
    super(
      `JSON has nothing for a value of type ${type}. Say null for nothing, or give the state machine another codec.`,
    );
  }
}

/** A snapshot is damaged or was written by something else. */
export class SnapshotFormatError extends Error {
  readonly code = "STATE_MACHINE_SNAPSHOT_FORMAT";
  override readonly name = "SnapshotFormatError";
  constructor(what: string) {
    super(`${what}. Remove this snapshot, or wipe the node and let it catch up.`);
  }
}

/** A record beside a state on disk is not one that this package wrote. */
export class RecordFormatError extends Error {
  readonly code = "STATE_MACHINE_RECORD_FORMAT";
  override readonly name = "RecordFormatError";
  constructor(key: string) {
    super(
      `Record ${JSON.stringify(key)} beside the state cannot be read: state and records must be stored together, as they were given. Wipe the node and let it catch up.`,
    );
  }
}

/** A session has ended: closed, idle for too long, or pushed out by newer ones. */
export class SessionExpiredError extends Error {
  readonly code = "STATE_MACHINE_SESSION_EXPIRED";
  override readonly name = "SessionExpiredError";
  constructor(session: number) {
    super(
      `Session ${session} has expired. Whether its last unanswered commands were applied is unknown; open a new session.`,
    );
  }
}

/** A command's answer is no longer kept, because the session has said that it arrived, or too many followed it. */
export class AnswerForgottenError extends Error {
  readonly code = "STATE_MACHINE_ANSWER_FORGOTTEN";
  override readonly name = "AnswerForgottenError";
  constructor(session: number, sequence: number) {
    super(`Command ${sequence} of session ${session} was answered before, and the answer is no longer kept.`);
  }
}
