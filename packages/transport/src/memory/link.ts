import type { Counters } from "../metrics.ts";
import { Outbox, type OutboxLimits } from "../outbox.ts";
import type { Turn } from "../turn.ts";

/** A link within this process: frames go from hand to hand at the end of the turn. */
export class MemoryLink {
  readonly outbox: Outbox;
  readonly #turn: Turn;
  readonly #counters: Counters;
  readonly #deliver: (frame: Buffer) => void;
  #scheduled = false;

  constructor(limits: OutboxLimits, turn: Turn, counters: Counters, deliver: (frame: Buffer) => void) {
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
    for (const { bytes, records } of frames) {
      this.#counters.framesSent++;
      this.#counters.recordsSent += records;
      this.#counters.bytesSent += bytes.length;
      this.#deliver(bytes);
    }
  }

  close(): void {
    this.#counters.droppedLinkClosed += this.outbox.clear();
  }
}
