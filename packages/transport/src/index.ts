export type { Cancel, Clock, Wait } from "./clock.ts";
export {
  AddressInUseError,
  CallTimeoutError,
  ChannelInUseError,
  GroupCallError,
  InsecureAddressError,
  InvalidAddressError,
  InvalidNodeIdError,
  InvalidOptionError,
  MethodInUseError,
  NobodyAnsweredError,
  QueueFullError,
  RemoteError,
  StreamFailedError,
  StreamInterruptedError,
  StreamInUseError,
  TaskFailedError,
  TooManyCallsError,
  TransportClosedError,
  TransportError,
  UnencodableMessageError,
  UnknownKeyError,
  UnreachableError,
  UnsupportedNodeError,
} from "./errors.ts";
export { type MemoryNetwork, type MemoryTransportOptions, memoryNetwork } from "./memory/network.ts";
export type { OutboxOptions } from "./outbox.ts";
export { createPusher, type Pusher, type PusherOptions } from "./pipeline/pusher.ts";
export { createWorker, type WorkerOptions } from "./pipeline/worker.ts";
export { createTopics, type Publication, type Topics, type TopicsOptions } from "./publish/topics.ts";
export { callGroup, type GroupAnswers, type GroupCallOptions } from "./rpc/group.ts";
export type { Handler, IncomingCall, Method, ServeOptions } from "./rpc/method.ts";
export { type ExportedObject, exportObject, followReference, type Reference } from "./rpc/reference.ts";
export { type CallOptions, createRpc, type Rpc, type RpcDependencies, type RpcOptions } from "./rpc/rpc.ts";
export {
  type Client,
  createClient,
  type Implementation,
  type MethodDefinition,
  type ServiceDefinition,
  serveService,
} from "./rpc/service.ts";
export type { StreamSource } from "./stream/outgoing.ts";
export { createStreams, type FetchOptions, type Streams, type StreamsOptions } from "./stream/streams.ts";
export { type SystemClockOptions, systemClock } from "./system-clock.ts";
export type { Channel, ChannelOptions, Codec, NodeId, Receiver, Transport } from "./transport.ts";
export { bytesCodec } from "./wire/bytes.ts";
export { isNodeId } from "./wire/identity.ts";
export { jsonCodec } from "./wire/json.ts";
export { FastWriter } from "./wire/writer.ts";
export { generateKeys, type KeyPair, type SecurityOptions } from "./zmq/keys.ts";
export type { LinkChange } from "./zmq/link.ts";
export type { ZmqTransportOptions } from "./zmq/options.ts";
export type { Refusal } from "./zmq/refusals.ts";
export { createZmqTransport } from "./zmq/transport.ts";
