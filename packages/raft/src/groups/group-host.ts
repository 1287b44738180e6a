import type { Clock, Host, NodeId, Random, Transport } from "@coterie/host";
import type { Disk } from "@coterie/storage";
import type { Channel, ChannelOptions, Codec } from "@coterie/transport";
import { FirstMembersError } from "../errors.ts";
import type { Message, SnapshotMessage } from "../gen/raft.ts";
import type { Lane } from "./lane.ts";

/** What the groups of a host share. */
export interface Shared {
  readonly host: Host;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly control: Lane<Message>;
  readonly bulk: Lane<SnapshotMessage>;
  /** Which life of a group this is, once its share of the journal is open. */
  readonly epoch: (group: string) => number;
}

/**
 * The host as one group sees it: everything is the host's own, but its timer, its channels and
 * its folder are shared with others.
 */
export class GroupHost implements Host {
  readonly #host: Host;
  readonly #epoch: () => number;
  readonly #failed: AbortController = new AbortController();
  readonly clock: Clock;
  readonly disk: Disk;
  readonly transport: Transport;

  constructor({ host, clock, disk, control, bulk, epoch }: Shared, group: string) {
    this.#host = host;
    this.#epoch = () => epoch(group);
    this.clock = clock;
    this.disk = disk;
    this.transport = new GroupTransport(host.transport, group, control, bulk);
  }

  get id(): NodeId {
    return this.#host.id;
  }

  /** A group that is closed and opened again has begun another life, though the host has not. */
  get epoch(): number {
    return this.#epoch();
  }

  get random(): Random {
    return this.#host.random;
  }

  /** A signal of the group's own: thousands of listeners on one signal would make each a long walk. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** What this group alone was told wrong is no matter of the others: they go on. */
  fail(error: Error): void {
    if (error instanceof FirstMembersError) this.abort(error);
    else this.#host.fail(error);
  }

  /** The group must not go on. */
  abort(reason: unknown): void {
    this.#failed.abort(reason);
  }

  reach(point: string): void {
    this.#host.reach(point);
  }

  /** The host outlives the group. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The host's transport, with the group's two channels, one on each lane, in the place of channels by name. */
class GroupTransport implements Transport {
  readonly #transport: Transport;
  readonly #group: string;
  readonly #control: Lane<Message>;
  readonly #bulk: Lane<SnapshotMessage>;

  constructor(transport: Transport, group: string, control: Lane<Message>, bulk: Lane<SnapshotMessage>) {
    this.#transport = transport;
    this.#group = group;
    this.#control = control;
    this.#bulk = bulk;
  }

  get id(): NodeId {
    return this.#transport.id;
  }

  get address(): string {
    return this.#transport.address;
  }

  connect(peer: NodeId, address: string): void {
    this.#transport.connect(peer, address);
  }

  disconnect(peer: NodeId): void {
    this.#transport.disconnect(peer);
  }

  discover(...args: Parameters<Transport["discover"]>): ReturnType<Transport["discover"]> {
    return this.#transport.discover(...args);
  }

  /** A member opens two: `Message` on the control lane and `SnapshotMessage` on the bulk lane. */
  open<M>(_name: string, _codec: Codec<M>, { lane = "control" }: ChannelOptions = {}): Channel<M> {
    const channel = lane === "bulk" ? this.#bulk.open(this.#group) : this.#control.open(this.#group);
    return channel as Channel<unknown> as Channel<M>;
  }

  metrics(): Readonly<Record<string, number>> {
    return this.#transport.metrics();
  }

  /** The host's transport outlives the group. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
