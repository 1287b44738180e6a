export {
  InvariantError,
  MalformedMessageError,
  MessageTooLargeError,
  OptionError,
  StoppedError,
  TimeoutError,
} from "./errors.ts";
export type { News, NewsAbout } from "./news/node.ts";
export type { Peers } from "./peers.ts";
export { createRumors, type RumorsOptions } from "./rumor/node.ts";
