export { decodeCommand, encodeCommand, type LoggedCommand } from "./command.ts";
export {
  AnswerForgottenError,
  CommandFormatError,
  NoJsonError,
  RecordFormatError,
  SessionExpiredError,
  SnapshotFormatError,
} from "./errors.ts";
export type {
  AppliedPosition,
  OnDiskStateMachine,
  ReplicaChanges,
  ReplicaRecords,
} from "./on-disk.ts";
export { type AnyStateMachine, type Outcome, Replica } from "./replica.ts";
export type { SessionOptions } from "./sessions.ts";
export { type ByteCodec, bytes, json, type LogPosition, type StateMachine } from "./state-machine.ts";
