import type { NodeId, Wait } from "@coterie/host";
import type { AnyStateMachine, SessionOptions } from "@coterie/state-machine";
import { checkName, checkNodeIds } from "./arguments.ts";
import { type CoreOptions, defaultCoreOptions } from "./core/options.ts";
import { OptionError } from "./errors.ts";

/** Options of `createRaft`. Durations in milliseconds, sizes in bytes. Every member must be given the same. */
export interface RaftOptions<Command, Result, Query, Answer> {
  /** Names the group: its channel and its folder on the disk. 1 to 64 characters of `[A-Za-z0-9._-]`. */
  readonly group: string;
  /**
   * The voters that the group begins with, this node among them. Empty for a node that is to be added to a group that
   * exists. The same at every start, whatever the members have become since.
   */
  readonly voters: readonly NodeId[];
  /**
   * One of the first voters that votes and acknowledges without holding any command or state: a third vote for the price
   * of a small disk. On a node that is to be added as a witness: its own id. The same at every start.
   */
  readonly witness?: NodeId | undefined;
  /** Which of the first voters should rather lead: the highest number first. Default: 0 for each. */
  readonly priorities?: Readonly<Record<NodeId, number>> | undefined;
  /**
   * How many of the first voters must have a command on disk before it is acknowledged. Fewer than a majority answer
   * sooner, and elections then take as many more: of five voters with 2, four. Not beside a witness. Default: a majority.
   */
  readonly commitQuorum?: number | undefined;
  /** In memory, or on a disk: of the latter this member calls `open` and `close`. */
  readonly stateMachine: AnyStateMachine<Command, Result, Query, Answer>;
  /** An election begins after 1 to 1.5 times this without a leader. Default: 1,000. */
  readonly electionTimeoutMs?: number;
  /** Default: 100. At most half of `electionTimeoutMs`. */
  readonly heartbeatIntervalMs?: number;
  /** How far the rates of two members' clocks may be apart, as a fraction. Lease reads rest on it. Default: 0.1. */
  readonly clockDriftMax?: number;
  /**
   * Whether a leader may read by its lease. Without, `lease` reads take a round trip, and `forgetLeader` takes effect at
   * once. Default: true.
   */
  readonly leaseReads?: boolean;
  /** The largest command, encoded. Default: 1 MiB. */
  readonly commandBytesMax?: number;
  /** Commands of this node that wait to be committed; one more is refused. Default: 65,536. */
  readonly pendingMax?: number;
  /** The same in bytes. Default: 64 MiB. */
  readonly pendingBytesMax?: number;
  /** A snapshot is taken every so many entries. Default: 100,000. */
  readonly snapshotEntries?: number;
  /** And every so many bytes of entries, though not before as many as the last snapshot had. Default: 64 MiB. */
  readonly snapshotBytes?: number;
  /** How fast snapshots leave, in bytes per second, all transfers of this group together. At least 65,536. Default: no limit. */
  readonly snapshotBytesPerSecond?: number;
  /** Followers of this group that are sent a snapshot at a time. Default: 2. */
  readonly snapshotTransfersMax?: number;
  /** Entries kept behind a snapshot, so that a slow follower needs no snapshot. Default: 10,000. */
  readonly trailingEntries?: number;
  /** Of these no more than so many bytes. Default: 16 MiB. */
  readonly trailingBytes?: number;
  /** Size of a journal's segment file; a disk gives room back by whole segments. Default: 16 MiB. */
  readonly journalSegmentBytes?: number;
  /** How long `propose` and `read` wait when they are not told. Default: 10,000. */
  readonly timeoutMs?: number;
  readonly sessions?: SessionOptions;
  /** Entries in one append request. Default: 256 KiB. */
  readonly messageBytesMax?: number;
  /** Append requests on their way to one follower. Default: 128. */
  readonly inFlightMessagesMax?: number;
  /** The same in bytes. Default: 4 MiB: half of what the transport holds for a peer. */
  readonly inFlightBytesMax?: number;
  /** Entries of a leader that are not committed; beyond it proposals wait. Default: 64 MiB. */
  readonly uncommittedBytesMax?: number;
  /**
   * Entries kept on the disk for a follower that answers and is behind, beyond those that trail a snapshot. Default:
   * 256 MiB.
   */
  readonly catchUpBytesMax?: number;
  /** The latest entries are kept in memory; older ones are read from the disk when needed. Default: 8 MiB. */
  readonly logCacheBytes?: number;
}

export interface ProposeOptions extends Wait {
  /** Makes the command happen once, however often it is proposed with these numbers. See `openSession`. */
  readonly once?: OnceOptions | undefined;
}

export interface OnceOptions {
  readonly session: number;
  /** Numbers the session's commands from 1. */
  readonly sequence: number;
  /** Answers to commands up to here have arrived: they need not be kept. */
  readonly answered: number;
}

export interface ReadOptions extends Wait {
  /**
   * `linearizable` (default): sees everything that was acknowledged, anywhere, before the read began.
   * `lease`: the same, without a round trip, at a leader that holds a lease; falls back to `linearizable` elsewhere.
   * Rests on clocks whose rates differ by less than `clockDriftMax`.
   * `stale`: answers at once from what this node has applied, which may be long out of date, unless `maxStalenessMs`
   * says how long.
   */
  readonly consistency?: "linearizable" | "lease" | "stale" | undefined;
  /**
   * With `stale`: the answer sees everything that was acknowledged, anywhere, up to this long before the call. Answered at
   * once while this member hears its leader; otherwise it asks the leader, and throws `StaleError` when the time is over
   * (at once with `timeoutMs: 0`). Rests on this member's own monotonic clock alone.
   */
  readonly maxStalenessMs?: number | undefined;
}

const consistencies = ["linearizable", "lease", "stale"];

/** Throws `OptionError`. */
export function checkRead({ consistency, maxStalenessMs }: ReadOptions): void {
  if (consistency !== undefined && !consistencies.includes(consistency))
    throw new OptionError(`consistency must be one of ${consistencies.join(", ")}, not ${consistency}.`);
  if (maxStalenessMs === undefined) return;
  if (consistency !== "stale")
    throw new OptionError(`maxStalenessMs is for reads with consistency "stale"; others are never stale.`);
  if (!(maxStalenessMs >= 0))
    throw new OptionError(`maxStalenessMs must be a number from 0 on, not ${maxStalenessMs}.`);
}

export type Limits = Required<
  Pick<
    RaftOptions<unknown, unknown, unknown, unknown>,
    | "journalSegmentBytes"
    | "commandBytesMax"
    | "pendingMax"
    | "pendingBytesMax"
    | "snapshotEntries"
    | "snapshotBytes"
    | "snapshotBytesPerSecond"
    | "snapshotTransfersMax"
    | "trailingEntries"
    | "trailingBytes"
    | "timeoutMs"
  >
>;

const defaults: Limits = {
  journalSegmentBytes: 16_777_216,
  commandBytesMax: 1_048_576,
  pendingMax: 65_536,
  pendingBytesMax: 67_108_864,
  snapshotEntries: 100_000,
  snapshotBytes: 67_108_864,
  snapshotBytesPerSecond: 2 ** 50,
  snapshotTransfersMax: 2,
  trailingEntries: 10_000,
  trailingBytes: 16_777_216,
  timeoutMs: 10_000,
};

/** Who the members are at the first start of a group. */
export type FirstMembers = Pick<
  RaftOptions<unknown, unknown, unknown, unknown>,
  "voters" | "witness" | "priorities" | "commitQuorum"
>;

/** Throws `OptionError`. */
export function checkFirstMembers(id: NodeId, first: FirstMembers): void {
  const { voters, witness, priorities = {}, commitQuorum } = first;
  checkVoters(id, voters);
  if (witness !== undefined && !(voters.length === 0 ? witness === id : voters.includes(witness)))
    throw new OptionError(`witness (${witness}) is none of the voters: ${voters.join(", ")}.`);
  if (voters.length === 1 && witness !== undefined)
    throw new OptionError("A group needs a voter beside its witness.");
  checkPriorities(priorities);
  checkCommitQuorum(commitQuorum);
  if (commitQuorum === undefined || voters.length === 0) return;
  if (commitQuorum > voters.length)
    throw new OptionError(`commitQuorum (${commitQuorum}) is more than the ${voters.length} voters.`);
  if (witness !== undefined)
    throw new OptionError("A group with a witness commits by majorities: leave commitQuorum out.");
}

/** Throws `OptionError`. */
export function checkCommitQuorum(commitQuorum: number | undefined): void {
  if (commitQuorum !== undefined && (!Number.isSafeInteger(commitQuorum) || commitQuorum < 1))
    throw new OptionError(`commitQuorum must be an integer of at least 1, not ${commitQuorum}.`);
}

/** Throws `OptionError`. */
export function checkPriorities(priorities: Readonly<Record<NodeId, number>>): void {
  for (const [id, priority] of Object.entries(priorities))
    if (!Number.isSafeInteger(priority) || priority < 0 || priority > 1_000_000)
      throw new OptionError(`The priority of ${id} must be an integer from 0 to 1,000,000, not ${priority}.`);
}

function checkVoters(id: NodeId, voters: readonly NodeId[]): void {
  checkNodeIds("voters", voters);
  if (new Set(voters).size !== voters.length)
    throw new OptionError(`voters names a node twice: ${voters.join(", ")}.`);
  if (voters.length > 0 && !voters.includes(id))
    throw new OptionError(
      `voters (${voters.join(", ")}) does not name this node, ${id}. Leave it empty for a node that is to be added.`,
    );
}

/** Where 1 is not the least that makes sense. Slower than that, a receiver would take a sender for gone. */
const leastOf: Partial<Limits> = { trailingEntries: 0, trailingBytes: 0, snapshotBytesPerSecond: 65_536 };

/** Throws `OptionError`. */
export function limits(options: Partial<Limits> & { readonly group: string }): Limits {
  checkName("group", options.group);
  const chosen: Record<string, number> = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof Limits)[]) {
    const value = options[name];
    if (value === undefined) continue;
    const least = leastOf[name] ?? 1;
    if (!Number.isFinite(value) || value < least)
      throw new OptionError(`${name} must be a number of at least ${least}, not ${value}.`);
    chosen[name] = value;
  }
  return chosen as unknown as Limits;
}

/** What the members of a group should become. Whoever is in neither list is removed. */
export interface MembersChange {
  readonly voters: readonly NodeId[];
  /** Members that receive the log and do not count. Default: none. */
  readonly learners?: readonly NodeId[];
  /** One of the voters that holds no state. Default: who it is now, while that is a voter. */
  readonly witness?: NodeId;
  /** Which voters should rather lead. Default, for each: as it is. */
  readonly priorities?: Readonly<Record<NodeId, number>>;
  /** How many voters make an entry committed, or a majority. Default: as it is. */
  readonly commitQuorum?: number | "majority";
  /** Where new members listen, unless the members know that by other means. */
  readonly addresses?: Readonly<Record<NodeId, string>>;
  /**
   * `automatic` (default): once the old and the new voters have agreed, the new ones alone count. `explicit`: both must
   * agree on everything until `leaveJoint`.
   */
  readonly leave?: "automatic" | "explicit";
  /** Compare and set: `status().membersIndex` as it was when you decided. */
  readonly expect?: number;
}

/** The core's options that are given: `undefined` must not hide a default. */
export function given(options: Partial<CoreOptions>): Partial<CoreOptions> {
  const names = Object.keys(defaultCoreOptions) as (keyof typeof defaultCoreOptions)[];
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}
