import { WorldOptionsError } from "../errors.ts";
import type { Event } from "../time/queue.ts";
import type { Timeline } from "../time/timeline.ts";
import { inTurns } from "../time/turns.ts";
import type { Machine } from "./machine.ts";

export interface LoopParts {
  readonly timeline: Timeline;
  /** A machine has had an event and all its microtasks. */
  readonly settled: (machine: Machine) => void;
  /** An event of a machine threw; or somebody left a rejection unhandled. */
  readonly threw: (machine: Machine | undefined, error: unknown) => void;
  /** An event was taken; `digest` is the digest after it. */
  readonly taken: ((event: Event, digest: number) => void) | undefined;
}

/** Takes events one by one, each with all that follows from it without waiting. */
export class Loop {
  readonly #parts: LoopParts;
  /** Whose event ran last: to be looked at once its microtasks have run. */
  #touched: Machine | undefined;
  #running = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  async run(untilMs: number, stop: (() => boolean) | undefined): Promise<void> {
    if (this.#running) throw new WorldOptionsError("The world runs already: wait for its run() to end.");
    this.#running = true;
    const { timeline, threw } = this.#parts;
    try {
      await inTurns(
        () => this.#turn(untilMs, stop),
        (reason) => threw(undefined, reason),
      );
    } finally {
      this.#running = false;
    }
    if (!stop?.()) timeline.now = Math.max(timeline.now, untilMs);
  }

  /** One event. False when there is nothing more to run. */
  #turn(untilMs: number, stop: (() => boolean) | undefined): boolean {
    const { timeline, settled, taken } = this.#parts;
    const touched = this.#touched;
    this.#touched = undefined;
    if (touched?.up) settled(touched);
    if (stop?.()) return false;
    for (;;) {
      const event = timeline.take(untilMs);
      if (event === undefined) return false;
      taken?.(event, timeline.digest.low);
      if (this.#happen(event)) return true;
    }
  }

  /** False when nothing happened that could have left microtasks behind. */
  #happen(event: Event): boolean {
    const { machine, act } = event;
    if (act === undefined) return false;
    if (machine !== undefined) {
      if (!machine.up || (event.life !== machine.life && event.life >= 0)) return false;
      if (machine.held) {
        machine.held.push(event);
        return false;
      }
      this.#touched = machine;
    }
    event.act = undefined;
    try {
      act();
    } catch (error) {
      if (machine === undefined) throw error;
      this.#parts.threw(machine, error);
    }
    return true;
  }
}
