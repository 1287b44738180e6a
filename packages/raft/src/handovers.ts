import type { Clock, NodeId, Wait } from "@coterie/host";
import { checkWait } from "./arguments.ts";
import type { HandoverFailure } from "./core/handover.ts";
import type { RaftCore } from "./core/raft.ts";
import { MembersChangeError, NotLeaderError, TimeoutError, TransferFailedError } from "./errors.ts";
import { Waiting } from "./waiting.ts";

interface Handover {
  readonly to: NodeId;
  /** The term that was led when it began. */
  readonly term: number;
}

/** Callers that wait until this leader has handed over. */
export class Handovers {
  readonly #clock: Clock;
  readonly #core: RaftCore;
  readonly #waiting: Waiting<void>;
  readonly #pending: Map<number, Handover> = new Map();
  #next = 1;

  constructor(clock: Clock, core: RaftCore) {
    this.#clock = clock;
    this.#core = core;
    this.#waiting = new Waiting(clock);
  }

  /** Resolves once another member leads. Throws at once when there is nobody to hand over to. */
  begin(named: NodeId | undefined, wait: Wait, timeoutMs: number): Promise<void> {
    checkWait(wait);
    const to = this.#core.transferLeadership(named, this.#clock.now());
    const { id, leader, role, term, members } = this.#core.inspection;
    if (role !== "leader") throw new NotLeaderError("hand over", leader);
    if (to === null) {
      if (named === undefined) throw new TransferFailedError(null, "nobody");
      if (named === id) throw new TransferFailedError(id, "leads");
      throw new MembersChangeError(members.isWitness(named) ? "is-witness" : "no-voter", named);
    }
    const number = this.#next++;
    this.#pending.set(number, { to, term });
    const timedOut = (): Error => new TimeoutError("A transfer of the leadership", timeoutMs, leader, false);
    return this.#waiting
      .wait(number, wait, timeoutMs, { timedOut, aborted: () => {} })
      .finally(() => this.#pending.delete(number));
  }

  /** Somebody leads, as far as this member knows. */
  led(self: NodeId, leader: NodeId, inTerm: number): void {
    for (const [number, { to, term }] of this.#pending) {
      if (inTerm <= term) continue;
      if (leader === self) this.#waiting.refuse(number, new TransferFailedError(to, "kept"));
      else this.#waiting.answer(number, undefined);
    }
  }

  failed(successor: NodeId, reason: HandoverFailure): void {
    for (const [number, { to }] of this.#pending)
      if (to === successor) this.#waiting.refuse(number, new TransferFailedError(to, reason));
  }

  refuseAll(error: () => Error): void {
    this.#waiting.refuseAll(error);
  }
}
