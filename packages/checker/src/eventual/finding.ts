/** What a check of an eventually consistent system found. */
export interface Finding<Kind extends string = string> {
  readonly kind: Kind;
  /** The operations that show it, as indexes in the history. */
  readonly operations: readonly number[];
  /** What happened, in words. */
  readonly story: string;
}

/** The answer of the checks of eventually consistent systems. */
export interface EventualReport<Kind extends string = string> {
  /** True when nothing was found. */
  readonly ok: boolean;
  readonly findings: readonly Finding<Kind>[];
}

/** Makes a report. */
export function reportOf<Kind extends string>(findings: readonly Finding<Kind>[]): EventualReport<Kind> {
  return { ok: findings.length === 0, findings };
}

/** When the system had come to rest. */
export interface Settled {
  /**
   * Reads called at this time or later are expected to see everything: all writes were over, faults healed, and
   * the protocol had had its time to spread them. In the history's unit; without it nothing is expected of when.
   */
  readonly settledAt?: number | undefined;
}
