export type { Cancel, Channel, Clock, NodeId, Transport, Wait } from "@coterie/transport";
export type { Core, Effect, Persist, Send } from "./core.ts";
export { type Driver, type DriverParts, drive } from "./driver.ts";
export { FolderInUseError, ForeignFolderError, HostOptionError } from "./errors.ts";
export type { Host } from "./host.ts";
export { type Random, seededRandom } from "./random.ts";
export { lockFolder } from "./real/folder-lock.ts";
export { createHost, type HostOptions } from "./real/host.ts";
