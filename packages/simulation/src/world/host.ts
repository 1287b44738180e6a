import type { Cancel, Clock, Host, NodeId, Random } from "@coterie/host";
import { SimulatedDisk } from "../disk/disk.ts";
import { type RoadParts, SimulatedRoad } from "../network/road.ts";
import type { Trace } from "../report/trace.ts";
import type { Timeline } from "../time/timeline.ts";
import type { Machine } from "./machine.ts";

/** What a host needs of its world. */
export interface HostParts extends RoadParts {
  readonly random: Random;
  readonly trace: Trace | undefined;
  /** The life gave itself up. */
  failed(machine: Machine, error: Error): void;
  /** The life reached a named point. */
  reached(machine: Machine, point: string): void;
}

/** One life of a machine, as the protocols on it see it. Inert once that life has ended. */
export class SimulatedHost implements Host {
  readonly id: NodeId;
  readonly epoch: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: SimulatedRoad;
  readonly disk: SimulatedDisk;
  readonly #parts: HostParts;
  readonly #machine: Machine;
  readonly #life: number;
  readonly #failure = new AbortController();

  constructor(parts: HostParts, machine: Machine) {
    this.#parts = parts;
    this.#machine = machine;
    this.#life = machine.life;
    this.id = machine.id;
    this.epoch = machine.life;
    this.random = parts.random.fork(`host/${machine.id}/${machine.life}`);
    this.clock = new LifeClock(parts.timeline, machine, this.random.fork("clock").between(0, 1_000_000));
    this.transport = new SimulatedRoad(parts, machine);
    this.disk = new SimulatedDisk(parts.timeline, machine, parts.trace);
  }

  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  fail(error: Error): void {
    if (!this.#machine.leads(this.#life) || this.failed.aborted) return;
    this.#failure.abort(error);
    this.#parts.failed(this.#machine, error);
  }

  reach(point: string): void {
    if (this.#machine.leads(this.#life)) this.#parts.reached(this.#machine, point);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport[Symbol.asyncDispose]();
  }
}

/** A machine's clock, read from an origin that is another one in each life. */
class LifeClock implements Clock {
  readonly #timeline: Timeline;
  readonly #machine: Machine;
  readonly #life: number;
  /** What to add to the machine's monotonic clock. */
  readonly #shift: number;

  constructor(timeline: Timeline, machine: Machine, origin: number) {
    this.#timeline = timeline;
    this.#machine = machine;
    this.#life = machine.life;
    this.#shift = origin - machine.clock.local(timeline.now);
  }

  now(): number {
    return this.#machine.clock.local(this.#timeline.now) + this.#shift;
  }

  wall(): number {
    return this.#machine.clock.wall(this.#timeline.now);
  }

  wake(at: number, fn: () => void): Cancel {
    if (at === Number.POSITIVE_INFINITY || !this.#machine.leads(this.#life)) return () => {};
    const timeline = this.#timeline;
    const { clock } = this.#machine;
    const arm = () =>
      timeline.schedule(this.#due(at), "timer", this.#machine, this.#life, 0, () => {
        // The clock was slowed or stood still since: it is not time yet.
        if (clock.local(timeline.now) + this.#shift < at) event = arm();
        else fn();
      });
    let event = arm();
    return () => timeline.callOff(event);
  }

  #due(at: number): number {
    const { now } = this.#timeline;
    const { clock } = this.#machine;
    // An event loop that was held up reads its sockets before it comes back to a timer that was set meanwhile.
    let due = Math.max(clock.reaches(at - this.#shift, now), this.#machine.caughtUpAt);
    // `at - shift` rounds: step on until the clock as this life reads it shows what was asked for.
    while (clock.local(due) + this.#shift < at) due += Math.max(due, 1) * Number.EPSILON * 8;
    return due;
  }
}
