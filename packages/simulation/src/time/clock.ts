/**
 * One machine's clocks, as functions of the world's time: a monotonic clock that may run fast or slow and stands
 * still while its virtual machine is stopped, and a wall clock that also has an offset and may jump.
 */
export class MachineClock {
  #since = 0;
  #base = 0;
  #rate = 1;
  /** Milliseconds that the wall clock is ahead of where an honest one would stand. */
  offsetMs = 0;

  /** The monotonic clock at a time of the world. */
  local(world: number): number {
    return this.#base + (world - this.#since) * this.#rate;
  }

  /** The wall clock at a time of the world, in whole milliseconds since the epoch. */
  wall(world: number): number {
    return Math.floor(worldBeganAt + this.local(world) + this.offsetMs);
  }

  /** The first time of the world, from `world` on, at which the monotonic clock shows `local` or more. */
  reaches(local: number, world: number): number {
    let at = this.#since + (local - this.#base) / this.#rate;
    if (at <= world) return world;
    // Division rounds: step on until the clock really shows what was asked for.
    while (this.local(at) < local) at += at * Number.EPSILON + Number.EPSILON;
    return at;
  }

  /** From now on the clock runs faster (above 0) or slower by parts per million. */
  drift(ppm: number, world: number): void {
    this.#base = this.local(world);
    this.#since = world;
    this.#rate = 1 + ppm / 1_000_000;
  }

  /** The monotonic clock stood still for that long. */
  stoodStill(durationMs: number): void {
    this.#base -= durationMs * this.#rate;
  }
}

/** Every world begins at the same wall time: 2020-01-01T00:00:00Z. */
export const worldBeganAt = 1_577_836_800_000;
