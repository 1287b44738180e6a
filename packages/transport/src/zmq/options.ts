import type { ReceiverErrorListener } from "../channels.ts";
import {
  InsecureAddressError,
  InvalidAddressError,
  InvalidNodeIdError,
  InvalidOptionError,
} from "../errors.ts";
import { type OutboxLimits, type OutboxOptions, outboxLimits } from "../outbox.ts";
import type { NodeId } from "../transport.ts";
import { isNodeId } from "../wire/identity.ts";
import { checkSecurity, type SecurityOptions } from "./keys.ts";

export interface ZmqTransportOptions extends OutboxOptions {
  readonly id: NodeId;
  /**
   * Tells one life of this node from the next: an integer that grows with every start. Frames of an earlier
   * epoch are refused by those who have heard a later one. Default: milliseconds since the Unix epoch.
   */
  readonly epoch?: number;
  /** Where to listen: `tcp://127.0.0.1:7101`, `tcp://127.0.0.1:*` for a free port, or `ipc:///path`. */
  readonly listen: string;
  /** Where peers reach this node. Default: where it listens. Needed when it listens on all interfaces. */
  readonly advertise?: string;
  /** Peers that may be known at a time. Default: 4,096. */
  readonly peersMax?: number;
  /** How long `close` and the exit of the process may wait for what was accepted to leave. Default: 1,000 ms. */
  readonly lingerMs?: number;
  /** How often an idle link is probed. Default: 1,000 ms. */
  readonly heartbeatIntervalMs?: number;
  /** A link that was silent that long is broken and made again. Default: 3,000 ms. */
  readonly heartbeatTimeoutMs?: number;
  /** First pause before a broken link is made again; doubles up to `reconnectMsMax`. Default: 100 ms. */
  readonly reconnectMs?: number;
  /** Default: 2,000 ms. */
  readonly reconnectMsMax?: number;
  /** How long making a connection may take. Default: 2,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Frames that ZeroMQ itself may hold for one link, beyond the outbox. Default: 128. */
  readonly highWaterMarkFrames?: number;
  /**
   * Links that may be open, a link being one lane to one peer. For one more, the link that was idle longest is
   * closed, to be opened again when it is needed: peers may be many more than links. Default: 1,024.
   */
  readonly linksMax?: number;
  /** Encrypts every link (CURVE), admits only the nodes it lists, and binds their ids to their keys. */
  readonly security?: SecurityOptions;
  /** Allows to listen without security where other machines can connect. Default: false. */
  readonly insecure?: boolean;
  /** Told of what a receiver threw. Default: a process warning. */
  readonly onError?: ReceiverErrorListener;
}

/** The options with every default filled in and every value checked. */
export interface ZmqSettings {
  readonly id: NodeId;
  readonly epoch: number;
  readonly listen: string;
  readonly advertise: string | undefined;
  readonly limits: OutboxLimits;
  readonly peersMax: number;
  readonly lingerMs: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly reconnectMs: number;
  readonly reconnectMsMax: number;
  readonly connectTimeoutMs: number;
  readonly highWaterMarkFrames: number;
  readonly linksMax: number;
  readonly security: SecurityOptions | undefined;
  readonly onError: ReceiverErrorListener | undefined;
}

const addressPattern =
  /^(?:tcp:\/\/(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._*-]+):(?<port>\d{1,5}|\*)|ipc:\/\/[\x21-\x7e]+)$/;
const onThisMachine = /^(?:ipc:|tcp:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):)/;
const everyInterface = /^tcp:\/\/(?:\*|0\.0\.0\.0|\[::\]):/;
/** An identity holds an address beside two node ids, within ZeroMQ's 255 bytes. */
const addressLengthMax = 100;

/** Throws `InvalidAddressError` for what is no address at all. Returns the port, undefined when it has none. */
function checkAddress(address: string): string | undefined {
  const match = addressPattern.exec(address);
  if (match === null) throw new InvalidAddressError(address, "it is neither tcp://host:port nor ipc://path");
  if (address.length > addressLengthMax)
    throw new InvalidAddressError(address, `it is longer than ${addressLengthMax} characters`);
  const port = match.groups?.port;
  // ZeroMQ would take a port modulo 65,536.
  if (Number(port) > 65_535) throw new InvalidAddressError(address, "a port is at most 65535");
  return port;
}

/** Throws `InvalidAddressError` for what ZeroMQ could not connect to. */
export function checkConnectable(address: string): void {
  const port = checkAddress(address);
  if (port === "*" || Number(port) === 0)
    throw new InvalidAddressError(address, "to connect takes a port from 1 to 65535");
  if (everyInterface.test(address) || address.startsWith("tcp://*"))
    throw new InvalidAddressError(address, "it stands for every interface and leads nowhere");
}

function integer(name: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new InvalidOptionError(`${name} is ${value}: use an integer from ${min} to ${max}`);
  return value;
}

/** Throws `InvalidNodeIdError`, `InvalidAddressError` or `InvalidOptionError`. */
export function zmqSettings(options: ZmqTransportOptions): ZmqSettings {
  const { id, listen, advertise } = options;
  if (!isNodeId(id)) throw new InvalidNodeIdError(id);
  checkAddress(listen);
  if (advertise !== undefined) checkConnectable(advertise);
  else if (everyInterface.test(listen))
    throw new InvalidOptionError(
      `${listen} is every interface: set advertise to the address at which peers reach "${id}"`,
    );
  if (options.security === undefined && !options.insecure && !onThisMachine.test(listen))
    throw new InsecureAddressError(listen);
  const dayMs = 86_400_000;
  return {
    id,
    listen,
    advertise,
    limits: outboxLimits(options),
    epoch: integer("epoch", options.epoch ?? Date.now(), 1, Number.MAX_SAFE_INTEGER),
    peersMax: integer("peersMax", options.peersMax ?? 4_096, 1, 1_000_000),
    lingerMs: integer("lingerMs", options.lingerMs ?? 1_000, 0, dayMs),
    heartbeatIntervalMs: integer("heartbeatIntervalMs", options.heartbeatIntervalMs ?? 1_000, 1, dayMs),
    heartbeatTimeoutMs: integer("heartbeatTimeoutMs", options.heartbeatTimeoutMs ?? 3_000, 1, dayMs),
    reconnectMs: integer("reconnectMs", options.reconnectMs ?? 100, 1, dayMs),
    reconnectMsMax: integer("reconnectMsMax", options.reconnectMsMax ?? 2_000, 1, dayMs),
    connectTimeoutMs: integer("connectTimeoutMs", options.connectTimeoutMs ?? 2_000, 1, dayMs),
    highWaterMarkFrames: integer("highWaterMarkFrames", options.highWaterMarkFrames ?? 128, 1, 1_000_000),
    linksMax: integer("linksMax", options.linksMax ?? 1_024, 1, 16_384),
    security: options.security && checkSecurity(options.security),
    onError: options.onError,
  };
}
