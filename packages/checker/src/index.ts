export { CheckerOptionError, HistoryError, ModelError } from "./errors.ts";
export { type ConvergenceOptions, checkConvergence } from "./eventual/convergence.ts";
export { checkCounter } from "./eventual/counter.ts";
export type { EventualReport, Finding, Settled } from "./eventual/finding.ts";
export { checkSet, type SetFinding } from "./eventual/set.ts";
export { checkUniqueIds } from "./eventual/unique-ids.ts";
export { canonical } from "./history/canonical.ts";
export { formatHistory, parseHistory, type ReadOptions, readHistory } from "./history/json-lines.ts";
export type {
  CompletedOperation,
  FailedOperation,
  History,
  Operation,
  ProcessId,
  UnknownOperation,
} from "./history/operation.ts";
export { createRecorder, type Ongoing, type Recorder } from "./history/recorder.ts";
export type { Budget } from "./linearizability/budget.ts";
export {
  checkLinearizable,
  type LinearizabilityOptions,
  type LinearizabilityReport,
  type PartReport,
} from "./linearizability/check.ts";
export {
  type Access,
  illegal,
  type Model,
  type NondeterministicModel,
  type PartKey,
  type Seen,
  unseen,
} from "./linearizability/model.ts";
export { nondeterministic, type PossibleStates } from "./linearizability/nondeterministic.ts";
export type { Judgement, Verdict } from "./linearizability/search.ts";
export { type CounterInput, type CounterOutput, counter } from "./models/counter.ts";
export { type KvInput, type KvOutput, kv } from "./models/kv.ts";
export { type LockInput, type LockOutput, type LockState, lock } from "./models/lock.ts";
export { type QueueInput, type QueueOutput, queue } from "./models/queue.ts";
export { type RegisterInput, type RegisterOutput, register } from "./models/register.ts";
export { type SetInput, type SetOutput, set } from "./models/set.ts";
export { drawLinearizability, type PictureOptions } from "./picture/linearizability.ts";
export { checkLogSessions, type LogAction, type WriteId } from "./sessions/log.ts";
export type { SessionGuarantee } from "./sessions/session.ts";
export { checkVersionSessions, type VersionAction } from "./sessions/version.ts";
export {
  type Anomaly,
  type AnomalyKind,
  anomalyLevels,
  type IsolationLevel,
  isolationLevels,
} from "./transactions/anomaly.ts";
export {
  checkTransactions,
  type TransactionOptions,
  type TransactionReport,
  type TransactionStep,
} from "./transactions/check.ts";
export type { Key, ListAppendStep, RegisterStep, Value } from "./transactions/transaction.ts";
