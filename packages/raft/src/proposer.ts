import type { Clock, Wait } from "@coterie/host";
import type { Outcome } from "@coterie/state-machine";
import { checkWait } from "./arguments.ts";
import type { RaftCore } from "./core/raft.ts";
import { BusyError, CommandTooLargeError, OutcomeUnknownError, TimeoutError } from "./errors.ts";
import type { Limits } from "./options.ts";
import { Waiting, type Without } from "./waiting.ts";

/** Callers that wait for their command to be applied on this member. Bounded in number and bytes. */
export class Proposer<Result> {
  readonly #clock: Clock;
  readonly #core: RaftCore;
  readonly #limits: Limits;
  readonly #waiting: Waiting<Outcome<Result>>;
  readonly #without: Without = {
    timedOut: (id, timeoutMs) => {
      const mayCommit = this.#core.forgetProposal(id);
      return new TimeoutError("A proposal", timeoutMs, this.#core.inspection.leader, mayCommit);
    },
    aborted: (id) => void this.#core.forgetProposal(id),
  };
  #total = 0;

  constructor(clock: Clock, core: RaftCore, limits: Limits) {
    this.#clock = clock;
    this.#core = core;
    this.#limits = limits;
    this.#waiting = new Waiting(clock);
  }

  get metrics(): { readonly waiting: number; readonly bytes: number; readonly total: number } {
    return { waiting: this.#waiting.size, bytes: this.#waiting.bytes, total: this.#total };
  }

  /** Throws `OptionError`, `CommandTooLargeError` and `BusyError` at once; rejects with `TimeoutError` or the signal's reason. */
  submit(data: Uint8Array, wait: Wait): Promise<Outcome<Result>> {
    checkWait(wait);
    this.#admit(data.length);
    wait.signal?.throwIfAborted();
    const id = this.#core.propose(data, this.#clock.now());
    this.#total++;
    return this.#waiting.wait(id, wait, wait.timeoutMs ?? this.#limits.timeoutMs, this.#without, data.length);
  }

  #admit(length: number): void {
    const { commandBytesMax, pendingMax, pendingBytesMax } = this.#limits;
    if (length > commandBytesMax) throw new CommandTooLargeError(length, commandBytesMax);
    if (this.#waiting.size >= pendingMax) throw new BusyError(`${pendingMax} commands wait to be committed.`);
    const { bytes } = this.#waiting;
    if (bytes + length > pendingBytesMax) throw new BusyError(`${bytes} bytes wait to be committed.`);
  }

  answer(id: number, outcome: Outcome<Result>): void {
    this.#waiting.answer(id, outcome);
  }

  unknown(ids: readonly number[]): void {
    for (const id of ids) this.#waiting.refuse(id, new OutcomeUnknownError());
  }

  refuseAll(error: () => Error): void {
    this.#waiting.refuseAll(error);
  }
}
