import { OptionError } from "../errors.ts";

/** The numbers of the protocol. Durations in milliseconds, sizes in bytes. */
export interface MembershipSettings {
  /** The protocol period: how often a member watches another. */
  readonly probeIntervalMs: number;
  /** How long an answer may take before others are asked to look. At most half of the period. */
  readonly probeTimeoutMs: number;
  /** Members that are asked to look. */
  readonly indirectProbes: number;
  /** Shortest suspicion, in periods times log10 of the members. Two less than this is the confirmations wanted. */
  readonly suspicionMult: number;
  /** Longest suspicion, as a multiple of the shortest. 1: suspicions last as long whoever confirms them. */
  readonly suspicionMaxTimeoutMult: number;
  /** News are told this many times log10 of the members, which is rounded up, and 2 at least. */
  readonly retransmitMult: number;
  /** How often news are told to others than those who are watched just then. */
  readonly gossipIntervalMs: number;
  /** To how many. */
  readonly gossipFanout: number;
  /** How long the dead are told news too, so that one that is not dead can say so. */
  readonly gossipToTheDeadMs: number;
  /** How often all records are compared with those of another member. Grows with log2 of the members beyond 32. */
  readonly syncIntervalMs: number;
  /** Bytes of records and of their hashes that a member sends to those that compare with it, in a second. */
  readonly syncBytesPerSecond: number;
  /** How often the dead and the seeds are tried again. */
  readonly healIntervalMs: number;
  /** How long the dead and those that left are remembered. */
  readonly forgetAfterMs: number;
  /** How many times slower than usual a member watches at most when it has reason to doubt itself. 1: never slower. */
  readonly awarenessMax: number;
  /** How late a wake-up may come before it counts as a stall of this process. */
  readonly stallToleranceMs: number;
  /** Whether a member is told what is held against it whenever it is spoken to (Lifeguard's buddy system). */
  readonly buddy: boolean;
  /** News in one packet. */
  readonly packetBytesMax: number;
  /** Members that are remembered, the dead too. */
  readonly membersMax: number;
  /** Suppresses a member that has come back from the dead more often than this lately. */
  readonly flapsMax: number;
  /** Time in which half of that is forgiven. */
  readonly flapHalfLifeMs: number;
}

export type Preset = "local" | "lan" | "wan";

const lan: MembershipSettings = {
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  indirectProbes: 3,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  retransmitMult: 4,
  gossipIntervalMs: 200,
  gossipFanout: 3,
  gossipToTheDeadMs: 30_000,
  syncIntervalMs: 30_000,
  syncBytesPerSecond: 128 * 1_024,
  healIntervalMs: 10_000,
  forgetAfterMs: 24 * 3_600_000,
  awarenessMax: 8,
  stallToleranceMs: 125,
  buddy: true,
  packetBytesMax: 1_400,
  membersMax: 20_000,
  flapsMax: 5,
  flapHalfLifeMs: 300_000,
};

/** One machine, one network, the wide world. */
export const presets: Readonly<Record<Preset, MembershipSettings>> = {
  lan,
  local: {
    ...lan,
    probeIntervalMs: 500,
    probeTimeoutMs: 200,
    gossipIntervalMs: 100,
    gossipToTheDeadMs: 15_000,
    syncIntervalMs: 15_000,
    healIntervalMs: 3_000,
    stallToleranceMs: 50,
  },
  wan: {
    ...lan,
    probeIntervalMs: 5_000,
    probeTimeoutMs: 2_500,
    suspicionMult: 6,
    gossipIntervalMs: 500,
    gossipFanout: 4,
    gossipToTheDeadMs: 60_000,
    syncIntervalMs: 60_000,
    syncBytesPerSecond: 64 * 1_024,
    healIntervalMs: 30_000,
    stallToleranceMs: 500,
  },
};

const integers: ReadonlySet<keyof MembershipSettings> = new Set([
  "indirectProbes",
  "retransmitMult",
  "gossipFanout",
  "packetBytesMax",
  "membersMax",
]);
/** What may be 0. All else is greater. */
const mayBeZero: ReadonlySet<keyof MembershipSettings> = new Set(["indirectProbes", "gossipToTheDeadMs"]);

/** A preset with some of its numbers changed. Throws `OptionError`. */
export function membershipSettings(
  preset: Preset,
  changes: Partial<MembershipSettings> = {},
): MembershipSettings {
  if (!Object.hasOwn(presets, preset))
    throw new OptionError(`preset must be local, lan or wan, not ${JSON.stringify(preset)}`);
  const settings: Record<string, number | boolean> = { ...presets[preset] };
  for (const [name, value] of Object.entries(changes) as [keyof MembershipSettings, unknown][]) {
    if (value === undefined) continue;
    if (!Object.hasOwn(settings, name)) throw new OptionError(`there is no setting ${name}`);
    if (typeof value !== typeof settings[name])
      throw new OptionError(`${name} must be a ${typeof settings[name]}, not ${value}`);
    if (typeof value !== "number") {
      settings[name] = value as boolean;
      continue;
    }
    if (!(value > 0 || (value === 0 && mayBeZero.has(name))) || Number.isNaN(value))
      throw new OptionError(`${name} must be a positive number, not ${value}`);
    if (integers.has(name) && !Number.isSafeInteger(value))
      throw new OptionError(`${name} must be an integer, not ${value}`);
    settings[name] = value;
  }
  const checked = settings as unknown as MembershipSettings;
  if (checked.probeTimeoutMs * 2 > checked.probeIntervalMs)
    throw new OptionError(
      `probeTimeoutMs (${checked.probeTimeoutMs}) must be at most half of probeIntervalMs (${checked.probeIntervalMs}): the other half is for those who look again`,
    );
  if (checked.packetBytesMax < 1_024)
    throw new OptionError(
      `packetBytesMax must be at least 1024, not ${checked.packetBytesMax}: the longest record must fit`,
    );
  if (checked.syncBytesPerSecond < 16_384)
    throw new OptionError(
      `syncBytesPerSecond must be at least 16384, not ${checked.syncBytesPerSecond}: the hashes of one bucket must fit`,
    );
  return checked;
}
