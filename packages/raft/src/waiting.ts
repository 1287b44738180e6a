import type { Cancel, Clock, Wait } from "@coterie/host";

/** One caller that waits for an answer. */
interface Waiter<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly stopWaiting: () => void;
}

/** Callers that wait for answers, by number: each until its answer, its deadline or its signal, whichever is first. */
export class Waiting<Answer> {
  readonly #clock: Clock;
  readonly #waiters: Map<number, Waiter<Answer>> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** `onTimeout` and `onAbort` are called when the wait ends without an answer, and name the error. */
  wait(
    number: number,
    wait: Wait,
    timeoutMs: number,
    onTimeout: () => Error,
    onAbort: () => void,
  ): Promise<Answer> {
    const { signal } = wait;
    return new Promise<Answer>((resolve, reject) => {
      const stop: { timer: Cancel; abort: () => void } = { timer: () => {}, abort: () => {} };
      const stopWaiting = (): void => {
        stop.timer();
        signal?.removeEventListener("abort", stop.abort);
      };
      stop.abort = () => {
        onAbort();
        this.#take(number)?.reject(signal!.reason);
      };
      stop.timer = this.#clock.wake(this.#clock.now() + timeoutMs, () => {
        const error = onTimeout();
        this.#take(number)?.reject(error);
      });
      this.#waiters.set(number, { resolve, reject, stopWaiting });
      if (signal?.aborted) stop.abort();
      else signal?.addEventListener("abort", stop.abort, { once: true });
    });
  }

  #take(number: number): Waiter<Answer> | undefined {
    const waiter = this.#waiters.get(number);
    this.#waiters.delete(number);
    waiter?.stopWaiting();
    return waiter;
  }

  answer(number: number, answer: Answer): void {
    this.#take(number)?.resolve(answer);
  }

  refuse(number: number, error: Error): void {
    this.#take(number)?.reject(error);
  }

  refuseAll(error: () => Error): void {
    for (const number of [...this.#waiters.keys()]) this.refuse(number, error());
  }
}
