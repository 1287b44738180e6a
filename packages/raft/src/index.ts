export type { Role } from "./core/effects.ts";
export type { Inspection } from "./core/raft.ts";
export {
  BusyError,
  CommandTooLargeError,
  FirstMembersError,
  GroupStateError,
  InvariantError,
  MembersChangeError,
  NotLeaderError,
  OptionError,
  OutcomeUnknownError,
  StaleError,
  StoppedError,
  TimeoutError,
  TransferFailedError,
  WitnessError,
} from "./errors.ts";
export type { Entry } from "./gen/raft.ts";
export { createRaftGroups } from "./groups/groups.ts";
export type { GroupOptions, RaftGroupsOptions } from "./groups/options.ts";
export type { RaftGroups, RaftGroupsStatus } from "./groups/raft-groups.ts";
export { type GroupsRecovery, type GroupsRecoveryReport, recoverGroups } from "./groups/recover-groups.ts";
export { createRaft } from "./open.ts";
export type { MembersChange, OnceOptions, ProposeOptions, RaftOptions, ReadOptions } from "./options.ts";
export type { Raft, RaftEvents, RaftStatus } from "./raft.ts";
export { type QuorumRecovery, type QuorumRecoveryReport, recoverQuorum } from "./recover-quorum.ts";
export type { Session } from "./session.ts";
