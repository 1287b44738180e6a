import type { Cancel, Clock, Wait } from "@coterie/host";

/** How a wait ends without an answer. Both may be shared by all who wait: they are told who it is. */
export interface Without {
  /** The deadline has passed: names the error. */
  readonly timedOut: (number: number, timeoutMs: number) => Error;
  /** The caller's signal was aborted. */
  readonly aborted: (number: number) => void;
}

/** One caller that waits for an answer. */
interface Waiter<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly bytes: number;
  readonly without: Without;
  /** Takes the listener off the caller's signal, if there is one. */
  readonly ignoreSignal: (() => void) | undefined;
}

/** Deadlines that fall into one such while are looked after at once. */
const wakeEveryMs = 1;

/**
 * Callers that wait for answers, by number: each until its answer, its deadline or its signal, whichever is first. All
 * share one wake of the clock, for the earliest deadline: most waits end long before theirs.
 */
export class Waiting<Answer> {
  readonly #clock: Clock;
  readonly #waiters: Map<number, Waiter<Answer>> = new Map();
  #bytes = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelWake: Cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** The sum of what all who wait said of themselves. */
  get bytes(): number {
    return this.#bytes;
  }

  wait(number: number, wait: Wait, timeoutMs: number, without: Without, bytes: number = 0): Promise<Answer> {
    const { signal } = wait;
    const deadline = this.#clock.now() + timeoutMs;
    this.#bytes += bytes;
    this.#wakeBy(deadline);
    return new Promise<Answer>((resolve, reject) => {
      const ignoreSignal = signal && this.#heed(signal, number);
      this.#waiters.set(number, { resolve, reject, deadline, timeoutMs, bytes, without, ignoreSignal });
      if (signal?.aborted) this.#abort(number, signal);
    });
  }

  #heed(signal: AbortSignal, number: number): () => void {
    const onAbort = (): void => this.#abort(number, signal);
    signal.addEventListener("abort", onAbort, { once: true });
    return () => signal.removeEventListener("abort", onAbort);
  }

  #abort(number: number, signal: AbortSignal): void {
    const waiter = this.#take(number);
    waiter?.without.aborted(number);
    waiter?.reject(signal.reason);
  }

  #wakeBy(deadline: number): void {
    if (deadline >= this.#wakeAt) return;
    this.#cancelWake();
    this.#wakeAt = deadline;
    this.#cancelWake = this.#clock.wake(deadline, () => this.#onWake());
  }

  /** Ends what is due, and looks for the next deadline. O(waiters). */
  #onWake(): void {
    const now = this.#clock.now();
    this.#wakeAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const [number, { deadline, timeoutMs, without }] of this.#waiters) {
      if (deadline > now) next = Math.min(next, deadline);
      else this.refuse(number, without.timedOut(number, timeoutMs));
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeBy(Math.max(next, now + wakeEveryMs));
  }

  #take(number: number): Waiter<Answer> | undefined {
    const waiter = this.#waiters.get(number);
    if (waiter === undefined) return undefined;
    this.#waiters.delete(number);
    this.#bytes -= waiter.bytes;
    waiter.ignoreSignal?.();
    return waiter;
  }

  answer(number: number, answer: Answer): void {
    this.#take(number)?.resolve(answer);
  }

  refuse(number: number, error: Error): void {
    this.#take(number)?.reject(error);
  }

  /** Nobody else will wait. */
  refuseAll(error: () => Error): void {
    this.#cancelWake();
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const number of [...this.#waiters.keys()]) this.refuse(number, error());
  }
}
