import type { NodeId } from "./transport.ts";

/** What every failure of this package is. `code` stays the same from version to version. */
export abstract class TransportError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A node id that no wire format could carry. */
export class InvalidNodeIdError extends TransportError {
  readonly code = "ERR_INVALID_NODE_ID";
  constructor(id: string) {
    super(`"${id}" is no node id: use 1 to 64 characters of A-Z a-z 0-9 . _ -`);
  }
}

/** An address that ZeroMQ cannot bind or connect. */
export class InvalidAddressError extends TransportError {
  readonly code = "ERR_INVALID_ADDRESS";
  constructor(address: string, why: string, options?: ErrorOptions) {
    super(`cannot use the address "${address}": ${why}. Use for instance tcp://127.0.0.1:7101`, options);
  }
}

/** Another socket listens where this transport was to listen. */
export class AddressInUseError extends TransportError {
  readonly code = "ERR_ADDRESS_IN_USE";
  constructor(address: string, options?: ErrorOptions) {
    super(`${address} is in use: stop the process that listens there, or listen elsewhere`, options);
  }
}

/** This Node.js lacks what the transport is written with. */
export class UnsupportedNodeError extends TransportError {
  readonly code = "ERR_UNSUPPORTED_NODE";
  constructor(version: string, majorLeast: number) {
    super(`this is Node.js ${version}, and ${majorLeast} or later is needed: install that, and start again`);
  }
}

/** An option outside its range. */
export class InvalidOptionError extends TransportError {
  readonly code = "ERR_INVALID_OPTION";
}

/** Others could reach the address, and anyone who does could speak in any node's name. */
export class InsecureAddressError extends TransportError {
  readonly code = "ERR_INSECURE_ADDRESS";
  constructor(address: string) {
    super(
      `${address} can be reached from other machines: set security, or insecure: true if the network is safe`,
    );
  }
}

/** Security is on, and the peer's public key is not among `security.peers`. */
export class UnknownKeyError extends TransportError {
  readonly code = "ERR_UNKNOWN_KEY";
  constructor(peer: NodeId) {
    super(`no public key of "${peer}" is known: add it to security.peers first`);
  }
}

/** The name, or another name with the same hash, is open on this transport. */
export class ChannelInUseError extends TransportError {
  readonly code = "ERR_CHANNEL_IN_USE";
  constructor(name: string, holder: string) {
    super(
      name === holder
        ? `the channel "${name}" is open already: close it first, or choose another name`
        : `the channels "${name}" and "${holder}" have the same hash on the wire: rename one of them`,
    );
  }
}

/** Nobody at the address said who it is. */
export class NobodyAnsweredError extends TransportError {
  readonly code = "ERR_NOBODY_ANSWERED";
  constructor(address: string, timeoutMs: number) {
    super(`nobody at ${address} said who it is within ${timeoutMs} ms: is it the right address, and a node?`);
  }
}

/** The codec has no bytes for the message. */
export class UnencodableMessageError extends TransportError {
  readonly code = "ERR_UNENCODABLE_MESSAGE";
  constructor(what: string, options?: ErrorOptions) {
    super(`the message cannot be encoded: ${what}. Nothing was sent; give a value that JSON has`, options);
  }
}

/** The transport was closed before or while it was asked for something. */
export class TransportClosedError extends TransportError {
  readonly code = "ERR_TRANSPORT_CLOSED";
  constructor(id: NodeId) {
    super(`the transport of "${id}" is closed`);
  }
}

/** No answer came in time. Whether the peer carried the call out is unknown. */
export class CallTimeoutError extends TransportError {
  readonly code = "ERR_CALL_TIMEOUT";
  constructor(to: NodeId, method: string, timeoutMs: number) {
    super(`"${to}" did not answer ${method} within ${timeoutMs} ms; it may or may not have carried it out`);
  }
}

/** The call never left this node: the peer is unknown, or its outbox is full. */
export class UnreachableError extends TransportError {
  readonly code = "ERR_UNREACHABLE";
  constructor(to: NodeId, method: string) {
    super(`cannot send ${method} to "${to}": connect it first, or wait until its outbox has room`);
  }
}

/** Too many calls of this node wait for answers. */
export class TooManyCallsError extends TransportError {
  readonly code = "ERR_TOO_MANY_CALLS";
  constructor(limit: number) {
    super(`${limit} calls wait for their answers: wait for some of them, or raise callsMax`);
  }
}

/** The method, or another with the same hash, is served already. */
export class MethodInUseError extends TransportError {
  readonly code = "ERR_METHOD_IN_USE";
  constructor(method: string, holder: string) {
    super(
      method === holder
        ? `the method ${method} is served already: dispose of the first handler, or choose another name`
        : `the methods ${method} and ${holder} have the same hash on the wire: rename one of them`,
    );
  }
}

/**
 * The peer answered with a failure. `remoteCode` is the `code` of the error that its handler threw, or one of
 * `ERR_UNKNOWN_METHOD`, `ERR_BAD_REQUEST`, `ERR_OVERLOADED`, `ERR_INTERNAL`.
 */
export class RemoteError extends TransportError {
  readonly code = "ERR_REMOTE";
  readonly from: NodeId;
  readonly method: string;
  readonly remoteCode: string;
  constructor(from: NodeId, method: string, remoteCode: string, message: string) {
    super(`${method} failed on "${from}": ${message} (${remoteCode})`);
    this.from = from;
    this.method = method;
    this.remoteCode = remoteCode;
  }
}

/** So many nodes of a group failed that the answers asked for cannot come any more. */
export class GroupCallError extends TransportError {
  readonly code = "ERR_GROUP_CALL";
  readonly failures: readonly { readonly from: NodeId; readonly error: unknown }[];
  constructor(
    method: string,
    need: number,
    answers: number,
    failures: readonly { readonly from: NodeId; readonly error: unknown }[],
  ) {
    const who = failures.map(({ from, error }) => `"${from}": ${String(error)}`).join("; ");
    super(
      `${method} got ${answers} answers and can no longer get ${need}: ${who || "the group is too small"}`,
    );
    this.failures = failures;
  }
}

/** The name is offered already. */
export class StreamInUseError extends TransportError {
  readonly code = "ERR_STREAM_IN_USE";
  constructor(name: string) {
    super(`the stream "${name}" is offered already: dispose of the first offer, or choose another name`);
  }
}

/** What a stream's source threw, or `ERR_UNKNOWN_STREAM` or `ERR_OVERLOADED`, as `remoteCode`. */
export class StreamFailedError extends TransportError {
  readonly code = "ERR_STREAM_FAILED";
  readonly remoteCode: string;
  constructor(from: NodeId, name: string, remoteCode: string, message: string) {
    super(`the stream "${name}" of "${from}" failed: ${message} (${remoteCode})`);
    this.remoteCode = remoteCode;
  }
}

/** The peer went silent. What was read is good; `offset` is where to go on. */
export class StreamInterruptedError extends TransportError {
  readonly code = "ERR_STREAM_INTERRUPTED";
  readonly offset: number;
  constructor(from: NodeId, name: string, offset: number) {
    super(`"${from}" went silent at byte ${offset} of "${name}": fetch it again from that offset`);
    this.offset = offset;
  }
}

/** Too many tasks wait for a worker. */
export class QueueFullError extends TransportError {
  readonly code = "ERR_QUEUE_FULL";
  constructor(limit: number) {
    super(`${limit} tasks wait for a worker: wait for some of them, add workers, or raise queueMax`);
  }
}

/** What a task's handler threw, or `ERR_WORKER_LOST`, as `remoteCode`. A lost worker may have carried it out. */
export class TaskFailedError extends TransportError {
  readonly code = "ERR_TASK_FAILED";
  readonly remoteCode: string;
  constructor(remoteCode: string, message: string) {
    super(`the task failed: ${message} (${remoteCode})`);
    this.remoteCode = remoteCode;
  }
}
