import type { Clock, Wait } from "@coterie/host";
import type { RaftCore } from "./core/raft.ts";
import { BusyError, TimeoutError } from "./errors.ts";
import { Waiting } from "./waiting.ts";

/** Callers that wait until this member may answer a linearizable read. Those of one turn share the core's ticket. */
export class Readers {
  readonly #clock: Clock;
  readonly #core: RaftCore;
  readonly #max: number;
  readonly #waiting: Waiting<void>;
  readonly #byTicket: Map<number, number[]> = new Map();
  #next = 1;

  constructor(clock: Clock, core: RaftCore, max: number) {
    this.#max = max;
    this.#clock = clock;
    this.#core = core;
    this.#waiting = new Waiting(clock);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves once this member has applied everything that was committed, anywhere, when it was called. */
  wait(wait: Wait, timeoutMs: number): Promise<void> {
    if (this.size >= this.#max) throw new BusyError(`${this.#max} reads wait.`);
    const ticket = this.#core.read(this.#clock.now());
    const reader = this.#next++;
    const others = this.#byTicket.get(ticket);
    if (others) others.push(reader);
    else this.#byTicket.set(ticket, [reader]);
    const leave = (): void => this.#leave(ticket, reader);
    const onTimeout = (): Error => {
      leave();
      return new TimeoutError("A read", timeoutMs, this.#core.inspection.leader, false);
    };
    return this.#waiting.wait(reader, wait, timeoutMs, onTimeout, leave);
  }

  #leave(ticket: number, reader: number): void {
    const left = this.#byTicket.get(ticket)?.filter((other) => other !== reader) ?? [];
    if (left.length > 0) this.#byTicket.set(ticket, left);
    else {
      this.#byTicket.delete(ticket);
      this.#core.forgetRead(ticket);
    }
  }

  /** Everything up to the ticket's index is applied. */
  answer(ticket: number): void {
    for (const reader of this.#byTicket.get(ticket) ?? []) this.#waiting.answer(reader, undefined);
    this.#byTicket.delete(ticket);
  }

  refuseAll(error: () => Error): void {
    this.#waiting.refuseAll(error);
  }
}
