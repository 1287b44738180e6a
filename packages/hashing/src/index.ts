export {
  CapacityError,
  DuplicateNodeError,
  HashingError,
  InvalidKeyError,
  InvalidNodeError,
  InvalidOptionError,
  MismatchedHashError,
  NoNodesError,
  StalePlanError,
  UnknownNodeError,
  UnknownStepError,
} from "./errors.ts";
export { type HashFunction, type HashOptions, type Key, murmur3 } from "./hash/key.ts";
export { BoundedLoads, type BoundedLoadsOptions, type KeyMove } from "./load/bounded-loads.ts";
export {
  Migration,
  type MigrationOptions,
  type MigrationProgress,
  type Step,
} from "./migration/migration.ts";
export {
  type HashRange,
  type KeyPlan,
  type MigrationPlan,
  type Move,
  type PlanOptions,
  planKeys,
  planMigration,
  shares,
} from "./migration/plan.ts";
export type { Node, PlacedNode } from "./node.ts";
export { type DrawOptions, draw } from "./picture/draw.ts";
export type { CellPlacement, Placement } from "./placement.ts";
export { AnchorHash, type AnchorOptions, type AnchorState } from "./strategies/anchor.ts";
export { JumpHash, jumpHash } from "./strategies/jump.ts";
export { MAGLEV_LARGE, MAGLEV_SMALL, Maglev, type MaglevOptions } from "./strategies/maglev.ts";
export { MultiProbe, type MultiProbeOptions } from "./strategies/multi-probe.ts";
export { type PartitionOptions, Partitions } from "./strategies/partitions.ts";
export { Rendezvous } from "./strategies/rendezvous.ts";
export { HashRing, type RingOptions } from "./strategies/ring.ts";
export { SkeletonRendezvous } from "./strategies/skeleton.ts";
