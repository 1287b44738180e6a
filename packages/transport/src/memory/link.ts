import type { Counters } from "../metrics.ts";
import { frameBytes, Outbox, type OutboxLimits, type SealedFrame } from "../outbox.ts";
import type { Turn } from "../turn.ts";

/** A link within this process: frames go from hand to hand at the end of the turn. */
export class MemoryLink {
  readonly outbox: Outbox;
  readonly #turn: Turn;
  readonly #counters: Counters;
  readonly #deliver: (frame: SealedFrame) => void;
  #scheduled = false;

  constructor(limits: OutboxLimits, turn: Turn, counters: Counters, deliver: (frame: SealedFrame) => void) {
    this.outbox = new Outbox(limits);
    this.#turn = turn;
    this.#counters = counters;
    this.#deliver = deliver;
  }

  /** Says that the outbox has something. */
  notify(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#turn.add(this);
  }

  /** Delivers what waits now. What receivers send while they are called waits for the next turn. */
  flush(): void {
    this.#scheduled = false;
    const frames = [];
    for (let frame = this.outbox.take(); frame !== undefined; frame = this.outbox.take()) frames.push(frame);
    for (const frame of frames) {
      this.#counters.framesSent++;
      this.#counters.recordsSent += frame.records;
      this.#counters.bytesSent += frameBytes(frame);
      // Whoever receives may give the memory of what was lent back, as it would what a socket brought.
      this.#deliver({ ...frame, lent: frame.lent.map((part) => part.slice()) });
    }
  }

  close(): void {
    this.#counters.droppedLinkClosed += this.outbox.clear();
  }
}
