export {
  InvariantError,
  MalformedMessageError,
  MapFullError,
  MessageTooLargeError,
  OptionError,
  StoppedError,
  TimeoutError,
} from "./errors.ts";
export { createReplicatedMap, type MapChange, type MapVersion, type ReplicatedMap } from "./map/node.ts";
export type { ReplicatedMapOptions } from "./map/options.ts";
export type { News, NewsAbout } from "./news/node.ts";
export type { Peers } from "./peers.ts";
export { createRumors, type RumorsOptions } from "./rumor/node.ts";
