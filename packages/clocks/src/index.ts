/** Logical clocks: what happened before what, what is known, and what can be forgotten. */

export {
  type CausalContext,
  causalContext,
  type DotRange,
  type MutableCausalContext,
  mutableCausalContext,
  type ReadonlyCausalContext,
} from "./context/causal-context.ts";
export { decodeCausalContext, encodeCausalContext } from "./context/codec.ts";
export type { Intervals } from "./context/intervals.ts";
export {
  AnonymousClockError,
  ClockDriftError,
  ClocksError,
  CounterOverflowError,
  IdentityConflictError,
  InvalidArgumentError,
  InvalidHistoryError,
  MalformedBytesError,
  ReservationExceededError,
  TooLargeError,
} from "./errors.ts";
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
