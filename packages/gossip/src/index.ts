export { type BroadcastOptions, createBroadcast } from "./broadcast/node.ts";
export {
  InvariantError,
  MalformedMessageError,
  MapFullError,
  MessageTooLargeError,
  OptionError,
  StoppedError,
  TimeoutError,
  UndecodableValueError,
} from "./errors.ts";
export type { Answer, QueryOptions } from "./events/queries.ts";
export { fingerprint } from "./fingerprint.ts";
export type { Forwarding } from "./flooding/core.ts";
export { createFlooding, type FloodingOptions } from "./flooding/node.ts";
export { createReplicatedMap, type MapChange, type MapVersion, type ReplicatedMap } from "./map/node.ts";
export type { ReplicatedMapOptions } from "./map/options.ts";
export type {
  ClusterEvent,
  Member,
  MemberChange,
  Membership,
  MembershipEvents,
} from "./membership/membership.ts";
export { createMembership, type MembershipOptions } from "./membership/node.ts";
export { type MembershipSettings, type Preset, presets } from "./membership/options.ts";
export type { News, NewsAbout } from "./news/node.ts";
export { ringNeighbours } from "./overlay.ts";
export type { Peers } from "./peers.ts";
export { createRumors, type RumorsOptions } from "./rumor/node.ts";
export {
  type Decision,
  keepMajority,
  keepOldest,
  leaseDelayMs,
  leaseMajority,
  type SplitBrainResolver,
  type SplitView,
  staticQuorum,
} from "./split-brain/resolvers.ts";
