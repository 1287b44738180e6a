import type { NodeId } from "@coterie/host";
import { OptionError } from "../errors.ts";
import type { RaftOptions } from "../options.ts";

/** Options of `createRaftGroups`. Durations in milliseconds, sizes in bytes. Every host must be given the same. */
export interface RaftGroupsOptions {
  /** For all groups, and for the hosts' heartbeat: a peer that is silent for so long is taken for lost. Default: 1,000. */
  readonly electionTimeoutMs?: number;
  /** For all groups, and for the hosts' heartbeat. Default: 100. At most half of `electionTimeoutMs`. */
  readonly heartbeatIntervalMs?: number;
  /** How far the rates of two hosts' clocks may be apart, as a fraction. Lease reads rest on it. Default: 0.1. */
  readonly clockDriftMax?: number;
  /** A group goes quiet when nothing was asked of it for so long; Infinity: never. Default: twice `heartbeatIntervalMs`. */
  readonly quiesceAfterMs?: number;
  /** The largest command of any group, encoded. Default: 1 MiB. */
  readonly commandBytesMax?: number;
  /** Size of a journal's segment file; a disk gives room back by whole segments. Default: 16 MiB. */
  readonly journalSegmentBytes?: number;
  /** About how large the journal may become before what is needed of its old end is written again. Default: 256 MiB. */
  readonly journalBytesMax?: number;
  /**
   * Called with a message for a group that is not open here; the message is dropped, and will come again. The group may
   * be opened then. Called for every message: make it cheap.
   */
  readonly onUnknownGroup?: (group: string, from: NodeId) => void;
}

/** Options of one group: those of `createRaft`, without what all groups of a host share. */
export type GroupOptions<Command, Result, Query, Answer> = Omit<
  RaftOptions<Command, Result, Query, Answer>,
  | "group"
  | "electionTimeoutMs"
  | "heartbeatIntervalMs"
  | "clockDriftMax"
  | "commandBytesMax"
  | "journalSegmentBytes"
>;

export type GroupsSettings = Required<Omit<RaftGroupsOptions, "onUnknownGroup">>;

/** Every default filled in. Throws `OptionError`; each group checks once more what it is given. */
export function groupsSettings(options: RaftGroupsOptions): GroupsSettings {
  const { electionTimeoutMs = 1_000, heartbeatIntervalMs = 100 } = options;
  const settings: GroupsSettings = {
    electionTimeoutMs,
    heartbeatIntervalMs,
    clockDriftMax: options.clockDriftMax ?? 0.1,
    quiesceAfterMs: options.quiesceAfterMs ?? 2 * heartbeatIntervalMs,
    commandBytesMax: options.commandBytesMax ?? 1_048_576,
    journalSegmentBytes: options.journalSegmentBytes ?? 16_777_216,
    journalBytesMax: options.journalBytesMax ?? 268_435_456,
  };
  for (const [name, value] of Object.entries(settings)) {
    if (!(value > 0)) throw new OptionError(`${name} must be a positive number, not ${value}.`);
    if (name !== "quiesceAfterMs" && !Number.isFinite(value))
      throw new OptionError(`${name} must be finite, not ${value}.`);
  }
  if (heartbeatIntervalMs * 2 > electionTimeoutMs)
    throw new OptionError(
      `electionTimeoutMs (${electionTimeoutMs}) must be at least twice heartbeatIntervalMs (${heartbeatIntervalMs}); ten times is usual.`,
    );
  return settings;
}
