import { CeilingReachedError, ClockDriftError, InvalidArgumentError } from "../errors.ts";
import { describe } from "../replica.ts";
import { type HybridStamp, hybridStamp, logicalMax, wallMsMax } from "./stamp.ts";

/** The machine's clock, handed in: milliseconds since the Unix epoch. A host's `clock` fits. */
export interface WallClock {
  wall(): number;
}

export interface HybridClockOptions {
  /** How far a remote stamp may be ahead of this machine's clock, in milliseconds. Default 60,000. */
  readonly driftMaxMs?: number;
  /**
   * A stamp that was not passed before the restart: the last one, or the last ceiling. The clock goes on after it, even
   * when the machine's clock has been set back in between.
   */
  readonly last?: HybridStamp;
  /** The stamp that must not be passed until `raiseCeiling`. Default: none. */
  readonly ceiling?: HybridStamp;
}

/**
 * A hybrid logical clock (Kulkarni, Demirbas, Madappa, Avva, Leone, "Logical Physical Clocks and Consistent
 * Snapshots in Globally Distributed Databases", 2014): stamps respect causality as Lamport's do, and stay close to
 * the wall clock as long as the machines' clocks do.
 */
export interface HybridClock {
  /** The last stamp given out or received; before the first, where the clock began. */
  readonly last: HybridStamp;
  /** How far the clock runs ahead of the machine's clock now, in milliseconds; 0 when it does not. */
  readonly aheadMs: number;
  /**
   * The stamp of a local event, or of a message to be sent: after every stamp this clock gave or received before,
   * also when the machine's clock has stepped back.
   */
  now(): HybridStamp;
  /**
   * Takes over the stamp of a message and returns the stamp of its arrival, which is after both. Throws
   * `ClockDriftError`, and changes nothing, when the stamp is more than `driftMaxMs` ahead of the machine's clock.
   */
  receive(stamp: HybridStamp): HybridStamp;
  /**
   * A stamp at least `forMs` ahead of now, to become the ceiling. One persisted ceiling covers all stamps up to it:
   * persist it, then call `raiseCeiling`, and after a restart hand it in as `last` (and as `ceiling`, until the next
   * one is persisted). Changes nothing by itself.
   */
  ceilingAfter(forMs: number): HybridStamp;
  /**
   * From now on `now` and `receive` throw `CeilingReachedError` rather than pass this stamp. Never lowers the ceiling
   * below `last`: such a stamp is an `InvalidArgumentError`.
   */
  raiseCeiling(ceiling: HybridStamp): void;
}

/** Makes a hybrid logical clock over the machine's clock. */
export function createHybridClock(wall: WallClock, options: HybridClockOptions = {}): HybridClock {
  return new Clock(wall, options);
}

class Clock implements HybridClock {
  readonly #wall: WallClock;
  readonly #driftMaxMs: number;
  #last: HybridStamp;
  #ceiling: HybridStamp | undefined;

  constructor(wall: WallClock, { driftMaxMs = 60_000, last = hybridStamp(0), ceiling }: HybridClockOptions) {
    if (typeof wall?.wall !== "function") {
      throw new InvalidArgumentError("A hybrid clock needs the machine's clock: { wall(): number }.");
    }
    assertMs("driftMaxMs", driftMaxMs);
    this.#wall = wall;
    this.#driftMaxMs = driftMaxMs;
    this.#last = hybridStamp(last?.wallMs, last?.logical);
    if (ceiling !== undefined) this.raiseCeiling(ceiling);
  }

  get last(): HybridStamp {
    return this.#last;
  }

  get aheadMs(): number {
    return Math.max(0, this.#last.wallMs - this.#wallMs());
  }

  now(): HybridStamp {
    return this.#advance(this.#last);
  }

  receive(stamp: HybridStamp): HybridStamp {
    const remote = hybridStamp(stamp?.wallMs, stamp?.logical);
    const aheadMs = remote.wallMs - this.#wallMs();
    if (aheadMs > this.#driftMaxMs) throw new ClockDriftError(aheadMs, this.#driftMaxMs);
    return this.#advance(remote.compare(this.#last) === "after" ? remote : this.#last);
  }

  ceilingAfter(forMs: number): HybridStamp {
    assertMs("forMs", forMs);
    const from = Math.max(this.#wallMs(), this.#last.wallMs);
    return hybridStamp(Math.min(wallMsMax, from + Math.ceil(forMs)), logicalMax);
  }

  raiseCeiling(ceiling: HybridStamp): void {
    const stamp = hybridStamp(ceiling?.wallMs, ceiling?.logical);
    if (stamp.compare(this.#last) === "before") {
      throw new InvalidArgumentError("The ceiling is below the last stamp: take one from ceilingAfter().");
    }
    this.#ceiling = stamp;
  }

  /** The first stamp after `past` that the wall clock allows. */
  #advance(past: HybridStamp): HybridStamp {
    const wallMs = this.#wallMs();
    const next = wallMs > past.wallMs ? hybridStamp(wallMs) : following(past);
    if (this.#ceiling !== undefined && next.compare(this.#ceiling) === "after") {
      throw new CeilingReachedError(
        "The clock reached its ceiling: persist what ceilingAfter() returns, call raiseCeiling(), and try again.",
      );
    }
    this.#last = next;
    return next;
  }

  #wallMs(): number {
    const wallMs = Math.floor(this.#wall.wall());
    if (!(wallMs >= 0 && wallMs <= wallMsMax)) {
      throw new InvalidArgumentError(`The machine's clock says ${wallMs} ms, which is no time since 1970.`);
    }
    return wallMs;
  }
}

/** When the counter is used up the next millisecond is borrowed: rather ahead of the wall clock than not monotone. */
function following(stamp: HybridStamp): HybridStamp {
  return stamp.logical < logicalMax
    ? hybridStamp(stamp.wallMs, stamp.logical + 1)
    : hybridStamp(stamp.wallMs + 1);
}

function assertMs(name: string, value: number): void {
  if (!(value >= 0))
    throw new InvalidArgumentError(`${name} is a number of milliseconds, not ${describe(value)}.`);
}
