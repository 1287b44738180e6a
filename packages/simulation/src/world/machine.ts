import type { NodeId } from "@coterie/host";
import type { Platter } from "../disk/platter.ts";
import { MachineClock } from "../time/clock.ts";
import type { Event } from "../time/queue.ts";
import type { SimulatedHost } from "./host.ts";

/**
 * A machine of the world: what outlives a crash (clock, platter) and the one life that it may be leading. A life is
 * one run of the node's process; whatever belongs to an earlier life is inert.
 */
export class Machine {
  readonly id: NodeId;
  readonly index: number;
  readonly clock: MachineClock = new MachineClock();
  readonly platter: Platter;
  /** Number of the present or last life, from 1. */
  life = 0;
  up = false;
  /** Events that came while the machine was paused; undefined when it is not. */
  held: Event[] | undefined;
  pausedAt = 0;
  /** When the machine will have taken all that it missed in its last pause. */
  caughtUpAt = 0;
  host: SimulatedHost | undefined;
  /** What the node's start function returned, once it has. */
  running: unknown;

  constructor(id: NodeId, index: number, platter: Platter) {
    this.id = id;
    this.index = index;
    this.platter = platter;
  }

  leads(life: number): boolean {
    return this.up && this.life === life;
  }
}
