export { InvariantError, OptionError, StoppedError, TimeoutError } from "./errors.ts";
export { createGossip, type Gossip, type GossipOptions } from "./node.ts";
