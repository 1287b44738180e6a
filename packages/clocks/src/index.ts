/** Logical clocks: what happened before what, what is known, and what can be forgotten. */
export { causalContext, mutableCausalContext } from "./context/causal-context.ts";
export { decodeCausalContext, encodeCausalContext } from "./context/codec.ts";
export type { Intervals } from "./context/intervals.ts";
export type {
  CausalContext,
  DotRange,
  MutableCausalContext,
  ReadonlyCausalContext,
} from "./context/types.ts";
export {
  type CausalDelivery,
  type CausalDeliveryOptions,
  type CausalMessage,
  createCausalDelivery,
  type Waiting,
} from "./delivery/causal-delivery.ts";
export type { LoggedEvent } from "./diagram/history.ts";
export { toShiViz } from "./diagram/shiviz.ts";
export { type DiagramOptions, spaceTimeDiagram } from "./diagram/svg.ts";
export { decodeDottedVersionVectorSet, encodeDottedVersionVectorSet } from "./dotted/codec.ts";
export {
  type DottedEntry,
  type DottedVersionVectorSet,
  dottedVersionVectorSet,
  type ValueOrder,
} from "./dotted/set.ts";
export {
  AnonymousClockError,
  CeilingReachedError,
  ClockDriftError,
  ClocksError,
  CounterOverflowError,
  IdentityConflictError,
  InvalidArgumentError,
  InvalidHistoryError,
  MalformedBytesError,
  TooLargeError,
} from "./errors.ts";
export {
  createHybridClock,
  type HybridClock,
  type HybridClockOptions,
  type WallClock,
} from "./hybrid/clock.ts";
export { decodeHybridStamp, type HybridStamp, hybridStamp, parseHybridStamp } from "./hybrid/stamp.ts";
export {
  type EventJSON,
  type IdJSON,
  type IntervalTreeClock,
  intervalTreeClock,
} from "./interval-tree/clock.ts";
export { decodeIntervalTreeClock, encodeIntervalTreeClock } from "./interval-tree/codec.ts";
export { createLamportClock, type LamportClock, type LamportStamp, lamportStamp } from "./lamport.ts";
export { decodeMatrixStamp, encodeMatrixStamp } from "./matrix/codec.ts";
export {
  createMatrixClock,
  type MatrixClock,
  type MatrixStamp,
  type MatrixStampJSON,
  matrixStamp,
} from "./matrix/matrix-clock.ts";
export { createStabilityTracker, type Laggard, type StabilityTracker } from "./matrix/stability.ts";
export { type Comparable, compare, type Ordering } from "./ordering.ts";
export type { Dot, ReplicaId } from "./replica.ts";
export {
  decodeVersionVector,
  encodeVersionVector,
  encodeVersionVectorInto,
  versionVectorBytesMax,
} from "./vector/codec.ts";
export { keepHighest, type Pruned, type PrunePolicy, prune, retired } from "./vector/prune.ts";
export { createVectorClock, type VectorClock } from "./vector/vector-clock.ts";
export {
  type MutableVersionVector,
  mutableVersionVector,
  type ReadonlyVersionVector,
  type VersionVector,
  versionVector,
} from "./vector/version-vector.ts";
