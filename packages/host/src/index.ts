export type { Cancel, Clock, NodeId, Wait } from "@coterie/transport";
export type { Core, Effect, Persist, Send } from "./core.ts";
export { type Driver, type DriverParts, drive } from "./driver.ts";
export type { Host } from "./host.ts";
export { type Random, seededRandom } from "./random.ts";
