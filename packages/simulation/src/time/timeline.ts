import type { Random } from "@coterie/host";
import type { Machine } from "../world/machine.ts";
import { Digest } from "./digest.ts";
import { type Event, EventQueue, type Kind, kinds } from "./queue.ts";

const numberOf: Readonly<Record<Kind, number>> = Object.fromEntries(
  kinds.map((kind, i) => [kind, i + 1]),
) as Record<Kind, number>;

/** Keeps apart what must stay in order, so that shuffling equal times cannot turn it round. */
export const orderGapMs: number = 1 / 1024;

/** Virtual time: what is due next, and a digest of what has been. */
export class Timeline {
  /** Milliseconds since the world began. */
  now = 0;
  /** How many events have been taken. */
  taken = 0;
  readonly digest: Digest = new Digest();
  readonly #queue = new EventQueue();
  readonly #shuffle: Random | undefined;
  #sequence = 0;

  /** With `shuffle`, events due at the same instant come in a random order instead of the order they were made in. */
  constructor(shuffle?: Random) {
    this.#shuffle = shuffle;
  }

  get pending(): number {
    return this.#queue.size;
  }

  schedule(
    at: number,
    kind: Kind,
    machine: Machine | undefined,
    life: number,
    salt: number,
    act: () => void,
  ): Event {
    const sequence = this.#sequence++;
    // 32 random bits above 21 bits of the sequence: still a safe integer, still without ties.
    const order = this.#shuffle ? this.#shuffle.uint32() * 0x20_0000 + (sequence & 0x1f_ffff) : sequence;
    const event = { at: Math.max(at, this.now), order, kind, machine, life, salt, act };
    this.#queue.push(event);
    return event;
  }

  callOff(event: Event): void {
    this.#queue.callOff(event);
  }

  /** Takes the next event, unless it is due after `untilMs`, and moves the time to it. */
  take(untilMs: number): Event | undefined {
    const event = this.#queue.pop(untilMs);
    if (event === undefined) return undefined;
    this.now = event.at;
    this.taken++;
    this.digest.mixNumber(event.at);
    this.digest.mix(numberOf[event.kind] * 0x0100_0000 + (event.machine ? event.machine.index + 1 : 0));
    if (event.salt !== 0) this.digest.mix(event.salt);
    return event;
  }
}
