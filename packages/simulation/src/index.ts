export { calmDisk, type DiskModel } from "./disk/platter.ts";
export {
  AmbientUseError,
  PlanError,
  UnknownNodeError,
  WorldOptionsError,
} from "./errors.ts";
export { jsonCodec } from "./network/json-codec.ts";
export { calmNetwork, type Disturbance, type NetworkModel, type Pair } from "./network/network.ts";
export type { Delay } from "./time/chance.ts";
export { type CrashKind, type NodeFailure, World, type WorldOptions } from "./world/world.ts";
