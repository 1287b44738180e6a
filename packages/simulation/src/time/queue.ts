import type { Machine } from "../world/machine.ts";

/** What an event is, as a small number so that it enters the digest cheaply. */
export const kinds = ["timer", "message", "disk", "start", "client", "nemesis", "world"] as const;
export type Kind = (typeof kinds)[number];

/** Something that will happen. Cleared of its `act` it is called off and will be passed over. */
export interface Event {
  readonly at: number;
  readonly order: number;
  readonly kind: Kind;
  /** The machine on which it happens; undefined for what the world does to itself. */
  readonly machine: Machine | undefined;
  /** The only life of the machine that it concerns; `anyLife` when it finds whichever runs then. */
  readonly life: number;
  /** What tells this event from others of its kind, for the digest. */
  readonly salt: number;
  act: (() => void) | undefined;
}

export const anyLife = -1;

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/**
 * A binary heap of events keyed by (time, order). Events that were called off stay until they surface, or until
 * they are the greater part: heartbeats and election timers are called off far more often than they fire.
 */
export class EventQueue {
  #heap: Event[] = [];
  #calledOff = 0;

  get size(): number {
    return this.#heap.length;
  }

  push(event: Event): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(event);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent]!;
      if (!before(event, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = event;
  }

  callOff(event: Event): void {
    if (event.act === undefined) return;
    event.act = undefined;
    this.#calledOff++;
    if (this.#calledOff > 64 && this.#calledOff * 2 > this.#heap.length) this.#compact();
  }

  peek(): Event | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.act === undefined) {
      this.#calledOff--;
      this.#removeFirst();
    }
    return this.#heap[0];
  }

  /** Takes the first event, unless it is due after `untilMs`. */
  pop(untilMs: number = Number.POSITIVE_INFINITY): Event | undefined {
    const first = this.peek();
    if (first === undefined || first.at > untilMs) return undefined;
    this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#sink(last, 0);
  }

  #sink(event: Event, from: number): void {
    const heap = this.#heap;
    const { length } = heap;
    let hole = from;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child + 1]!, heap[child]!)) child++;
      const below = heap[child]!;
      if (!before(below, event)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = event;
  }

  #compact(): void {
    this.#heap = this.#heap.filter((event) => event.act !== undefined);
    this.#calledOff = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(this.#heap[i]!, i);
  }
}
