export type { Cancel, Clock, Wait } from "./clock.ts";
export type { Channel, ChannelOptions, Codec, NodeId, Receiver, Transport } from "./transport.ts";
