import { InvalidArgumentError } from "./errors.ts";
import { type Comparable, type Ordering, orderingOf } from "./ordering.ts";
import { assertCounter, assertReplicaId, describe, type ReplicaId, successor } from "./replica.ts";

/**
 * A point in Lamport's total order (1978, section "Ordering the Events Totally"): times order first, ids break ties.
 * What happened before has the smaller stamp; a smaller stamp need not have happened before.
 */
export interface LamportStamp extends Comparable<LamportStamp> {
  readonly time: number;
  readonly id: ReplicaId;
  /** "before", "after", or "equal" for the same event: never "concurrent". */
  compare(other: LamportStamp): Ordering;
  /** `{ time, id }`; `lamportStamp` takes it back. */
  toJSON(): { time: number; id: ReplicaId };
}

/** One process's Lamport clock. */
export interface LamportClock {
  readonly id: ReplicaId;
  /** The time of the last event; 0 before the first. */
  readonly time: number;
  /** Counts a local event, or the sending of a message, and returns its stamp. */
  tick(): LamportStamp;
  /** Counts the arrival of a message with this time (or stamp), and returns the arrival's stamp. */
  receive(sent: number | { readonly time: number }): LamportStamp;
}

/** Makes the clock of process `id`, which continues after `time`: persist it where stamps must not repeat. */
export function createLamportClock(id: ReplicaId, time = 0): LamportClock {
  assertReplicaId(id);
  assertCounter(time, 0);
  return new Clock(id, time);
}

/** Makes a stamp, say from its JSON. Throws `InvalidArgumentError` for anything else. */
export function lamportStamp(from: { readonly time: number; readonly id: ReplicaId }): LamportStamp {
  if (from === null || typeof from !== "object") {
    throw new InvalidArgumentError(`A Lamport stamp is made from { time, id }, not ${describe(from)}.`);
  }
  assertCounter(from.time, 0);
  assertReplicaId(from.id);
  return new Stamp(from.time, from.id);
}

class Stamp implements LamportStamp {
  readonly time: number;
  readonly id: ReplicaId;

  constructor(time: number, id: ReplicaId) {
    this.time = time;
    this.id = id;
  }

  compare(other: LamportStamp): Ordering {
    if (typeof other?.time !== "number")
      throw new InvalidArgumentError("A Lamport stamp compares to a Lamport stamp.");
    if (this.time !== other.time) return this.time < other.time ? "before" : "after";
    return orderingOf(this.id < other.id, this.id > other.id);
  }

  toJSON(): { time: number; id: ReplicaId } {
    return { time: this.time, id: this.id };
  }
}

class Clock implements LamportClock {
  readonly id: ReplicaId;
  #time: number;

  constructor(id: ReplicaId, time: number) {
    this.id = id;
    this.#time = time;
  }

  get time(): number {
    return this.#time;
  }

  tick(): LamportStamp {
    this.#time = successor(this.#time);
    return new Stamp(this.#time, this.id);
  }

  receive(sent: number | { readonly time: number }): LamportStamp {
    const time = typeof sent === "number" ? sent : sent?.time;
    assertCounter(time, 0);
    this.#time = successor(Math.max(this.#time, time));
    return new Stamp(this.#time, this.id);
  }
}
