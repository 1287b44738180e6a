import type { NodeId } from "@coterie/host";
import { OptionError } from "../errors.ts";

/** What the pure core must be told. All durations in milliseconds, all sizes in bytes. */
export interface CoreOptions {
  readonly id: NodeId;
  /** Greater than in any earlier life of this node (`Host.epoch`). */
  readonly epoch: number;
  /**
   * A follower that has heard from no leader for a time drawn from [electionTimeoutMs, 1.5 x electionTimeoutMs)
   * starts an election; a leader that has heard from no majority for that long steps down.
   */
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** How far the rates of two members' clocks may be apart, as a fraction. Lease reads rest on it. */
  readonly clockDriftMax: number;
  /** Whether leaders may read by a lease. Without, followers may forget a leader at once. The same on all members. */
  readonly leaseReads: boolean;
  /** This node votes and acknowledges, and holds no commands. */
  readonly isWitness: boolean;
  /** Entries of one append request: at least one, then as many as fit. */
  readonly messageBytesMax: number;
  /** Append requests to one follower without an answer. */
  readonly inFlightMessagesMax: number;
  readonly inFlightBytesMax: number;
  /** Entries of a leader that are not committed yet; beyond it proposals wait. */
  readonly uncommittedBytesMax: number;
  /** The latest entries are kept in memory, about as many as fit; older ones are read from the disk when needed. */
  readonly logCacheBytes: number;
  /** Entries kept on the disk for a follower that answers and is behind, beyond those that always trail a snapshot. */
  readonly catchUpBytesMax: number;
  /** Whether the group goes quiet when it is idle. Only for hosts that tell whose process is alive. */
  readonly quiescence: QuiescenceOptions | null;
}

export interface QuiescenceOptions {
  /** How long nothing must have been asked of a leader. Infinity: it never goes quiet. */
  readonly afterMs: number;
  /** The name of the group: members settle by it, without a word, who goes first when there is no leader. */
  readonly group: string;
}

export const defaultCoreOptions: Omit<CoreOptions, "id" | "epoch"> = {
  electionTimeoutMs: 1_000,
  heartbeatIntervalMs: 100,
  clockDriftMax: 0.1,
  leaseReads: true,
  isWitness: false,
  messageBytesMax: 262_144,
  inFlightMessagesMax: 128,
  inFlightBytesMax: 4_194_304,
  uncommittedBytesMax: 67_108_864,
  logCacheBytes: 8_388_608,
  catchUpBytesMax: 268_435_456,
  quiescence: null,
};

/** Throws `OptionError` for what cannot work. */
export function checkCoreOptions(options: CoreOptions): void {
  const { electionTimeoutMs, heartbeatIntervalMs } = options;
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "number" && !(value > 0 && Number.isFinite(value)))
      throw new OptionError(`${name} must be a positive number, not ${value}.`);
  }
  if (options.clockDriftMax >= 1)
    throw new OptionError(`clockDriftMax is a fraction below 1, not ${options.clockDriftMax}.`);
  if (heartbeatIntervalMs * 2 > electionTimeoutMs)
    throw new OptionError(
      `electionTimeoutMs (${electionTimeoutMs}) must be at least twice heartbeatIntervalMs (${heartbeatIntervalMs}); ten times is usual.`,
    );
}
