import type { Clock, Wait } from "@coterie/host";
import type { Applier } from "./applier.ts";
import { checkWait } from "./arguments.ts";
import type { RaftCore } from "./core/raft.ts";
import { BusyError, StaleError, TimeoutError } from "./errors.ts";
import { checkRead, type ReadOptions } from "./options.ts";
import { Waiting } from "./waiting.ts";

export interface ReadersParts {
  readonly clock: Clock;
  readonly core: RaftCore;
  readonly applier: Pick<Applier, "position" | "isRestoring" | "settled">;
  readonly touch: () => void;
  /** Readers that may wait. */
  readonly pendingMax: number;
  /** How long to wait when the caller does not say. */
  readonly timeoutMs: number;
}

/** Callers that wait until this member may answer a read. Those of one turn share the core's ticket. */
export class Readers {
  readonly #parts: ReadersParts;
  readonly #waiting: Waiting<void>;
  readonly #byTicket: Map<number, number[]> = new Map();
  #next = 1;

  constructor(parts: ReadersParts) {
    this.#parts = parts;
    this.#waiting = new Waiting(parts.clock);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves once this member's state is what the read wants. */
  async ready(options: ReadOptions): Promise<void> {
    checkRead(options);
    checkWait(options);
    options.signal?.throwIfAborted();
    const { consistency = "linearizable" } = options;
    if (consistency === "stale") return this.#freshEnough(options);
    if (consistency === "linearizable" || !this.#holdsLease()) await this.barrier(options);
  }

  async #freshEnough({ maxStalenessMs = Number.POSITIVE_INFINITY, ...wait }: ReadOptions): Promise<void> {
    const { applier, clock, core } = this.#parts;
    const calledAt = clock.now();
    if (applier.isRestoring) await applier.settled();
    if (maxStalenessMs === Number.POSITIVE_INFINITY) return;
    const staleness = (): number => calledAt - core.freshAt(applier.position.index, clock.now());
    if (staleness() <= maxStalenessMs) return;
    const refusal = (): Error => new StaleError(staleness(), maxStalenessMs, core.inspection.leader);
    if (wait.timeoutMs === 0) throw refusal();
    // What the leader answers from now on is younger than any bound on this call.
    await this.barrier(wait).catch((error) => {
      throw error instanceof TimeoutError ? refusal() : error;
    });
  }

  /** Whether everything that is committed is applied here, and nobody else can have committed anything since. */
  #holdsLease(): boolean {
    const { applier, clock, core } = this.#parts;
    const index = core.leaseIndex(clock.now());
    return index !== undefined && !applier.isRestoring && index <= applier.position.index;
  }

  /** Resolves once this member has applied everything that was committed, anywhere, when it was called. */
  async barrier(wait: Wait): Promise<void> {
    const { clock, core, touch, pendingMax, timeoutMs: usually } = this.#parts;
    checkWait(wait);
    wait.signal?.throwIfAborted();
    if (this.size >= pendingMax) throw new BusyError(`${pendingMax} reads wait.`);
    const timeoutMs = wait.timeoutMs ?? usually;
    const ticket = core.read(clock.now());
    const reader = this.#next++;
    const others = this.#byTicket.get(ticket);
    if (others) others.push(reader);
    else this.#byTicket.set(ticket, [reader]);
    const leave = (): void => this.#leave(ticket, reader);
    const timedOut = (): Error => {
      leave();
      return new TimeoutError("A read", timeoutMs, core.inspection.leader, false);
    };
    const answered = this.#waiting.wait(reader, wait, timeoutMs, { timedOut, aborted: leave });
    touch();
    await answered;
  }

  #leave(ticket: number, reader: number): void {
    const left = this.#byTicket.get(ticket)?.filter((other) => other !== reader) ?? [];
    if (left.length > 0) this.#byTicket.set(ticket, left);
    else {
      this.#byTicket.delete(ticket);
      this.#parts.core.forgetRead(ticket);
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
