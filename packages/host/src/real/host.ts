import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { type Disk, fileDisk } from "@coterie/storage";
import {
  type Clock,
  createZmqTransport,
  type NodeId,
  systemClock,
  type Transport,
  type ZmqTransportOptions,
} from "@coterie/transport";
import { HostOptionError } from "../errors.ts";
import type { Host } from "../host.ts";
import { type Random, seededRandom } from "../random.ts";
import { lockFolder } from "./folder-lock.ts";
import { claim } from "./identity.ts";

export interface HostOptions {
  /** Names this node in its cluster. 1 to 64 characters of `[A-Za-z0-9._-]`. */
  readonly id: NodeId;
  /** Where to listen: `tcp://127.0.0.1:7101`, or `tcp://127.0.0.1:*` for a free port. */
  readonly listen: string;
  /** Everything durable of this node is in it. Made when it is not there; nobody else may use it. */
  readonly directory: string;
  /** Names the cluster; a folder of another one is refused. Default: `coterie`. */
  readonly cluster?: string;
  /** Where peers listen. More can be added later with `host.transport.connect`. */
  readonly peers?: Readonly<Record<NodeId, string>>;
  /** Further settings of the transport. */
  readonly transport?: Omit<ZmqTransportOptions, "id" | "epoch" | "listen">;
}

/**
 * A host on this machine: ZeroMQ, the files of one folder, the monotonic clock. Throws `HostOptionError`,
 * `FolderInUseError`, `ForeignFolderError`, and what transport and disk throw, `AddressInUseError` among it; nothing
 * stays open then.
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const { id, directory, cluster = "coterie", peers = {} } = options;
  if (cluster.length === 0 || cluster.length > 64)
    throw new HostOptionError(`cluster must have 1 to 64 characters, not ${cluster.length}.`);
  await mkdir(directory, { recursive: true });
  const lock = await lockFolder(directory);
  try {
    const disk = fileDisk(directory);
    const epoch = await claim(disk, directory, cluster, id);
    const transport = await createZmqTransport({ ...options.transport, id, epoch, listen: options.listen });
    const host = new RealHost(id, epoch, disk, transport, lock);
    return await connected(host, peers);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

/** Throws what `connect` throws, and leaves nothing open then. */
async function connected(host: Host, peers: Readonly<Record<NodeId, string>>): Promise<Host> {
  try {
    for (const [peer, address] of Object.entries(peers))
      if (peer !== host.id) host.transport.connect(peer, address);
    return host;
  } catch (error) {
    await host.transport[Symbol.asyncDispose]();
    throw error;
  }
}

class RealHost implements Host {
  readonly id: NodeId;
  readonly epoch: number;
  readonly clock: Clock = systemClock();
  readonly random: Random = seededRandom(randomBytes(16).toString("hex"));
  readonly transport: Transport;
  readonly disk: Disk;
  readonly #failure: AbortController = new AbortController();
  readonly #lock: AsyncDisposable;

  constructor(id: NodeId, epoch: number, disk: Disk, transport: Transport, lock: AsyncDisposable) {
    this.id = id;
    this.epoch = epoch;
    this.disk = disk;
    this.transport = transport;
    this.#lock = lock;
  }

  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  fail(error: Error): void {
    this.#failure.abort(error);
  }

  reach(_point: string): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport[Symbol.asyncDispose]();
    await this.#lock[Symbol.asyncDispose]();
  }
}
