export { jsonCodec } from "@coterie/transport";
export { calmDisk, type DiskModel, type Platter } from "./disk/platter.ts";
export { AmbientUseError, PlanError, PlantError, UnknownNodeError, WorldOptionsError } from "./errors.ts";

export { calmNetwork, type Disturbance, type NetworkModel, type Pair } from "./network/network.ts";
export { drawPlan } from "./plan/draw.ts";
export { describeStep, type FaultKind, faultKinds, type Plan, parsePlan, type Step } from "./plan/plan.ts";
export type { Outcome, Violation } from "./plan/run.ts";
export type { ShrinkOptions } from "./plan/shrink.ts";
export type { Planted, PlantedBug } from "./plant.ts";
export { shivizLog, shivizParser } from "./report/shiviz.ts";
export type { Trace, TraceEntry } from "./report/trace.ts";
export { type Report, type SimulateOptions, simulate } from "./simulate.ts";
export type { Invariant, Operation, Settings, Suite, Workload } from "./suite.ts";
export type { Delay } from "./time/chance.ts";
export { type RegisterCall, type RegistersAccess, registers } from "./workloads/registers.ts";
export { type CrashKind, type NodeFailure, World, type WorldOptions } from "./world/world.ts";
