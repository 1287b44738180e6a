import type { Cancel, Clock, NodeId, Wait } from "@coterie/host";

/** How long a query gathers: `timeoutMs`, by default long enough for all to hear it, by the size of the cluster. */
export interface QueryOptions extends Wait {
  /** Ends as soon as so many have answered. */
  readonly answersMax?: number | undefined;
}

/** What one member answered. */
export interface Answer {
  readonly from: NodeId;
  readonly payload: Uint8Array;
}

/** Gathers the answers to one query, for one reader. */
export class Query implements AsyncIterableIterator<Answer> {
  readonly #answered = new Set<NodeId>();
  readonly #waiting: Answer[] = [];
  readonly #options: QueryOptions;
  readonly #disarm: Cancel;
  readonly #ended: () => void;
  #wake: (() => void) | undefined;
  #over = false;
  #error: unknown;

  constructor(clock: Clock, timeoutMs: number, options: QueryOptions, ended: () => void) {
    this.#options = options;
    this.#ended = ended;
    this.#disarm = clock.wake(clock.now() + timeoutMs, () => this.end());
    options.signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** The first answer of each member counts. */
  answered(from: NodeId, payload: Uint8Array): void {
    if (this.#over || this.#answered.has(from)) return;
    this.#answered.add(from);
    this.#waiting.push({ from, payload });
    if (this.#answered.size >= (this.#options.answersMax ?? Number.POSITIVE_INFINITY)) this.end();
    else this.#wake?.();
  }

  /** No more answers; those that came can still be read. */
  end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#disarm();
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#ended();
    this.#wake?.();
  }

  readonly #abort = (): void => this.end(this.#options.signal?.reason);

  async next(): Promise<IteratorResult<Answer>> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) return { value, done: false };
      if (this.#error !== undefined) throw this.#error;
      if (this.#over) return { value: undefined, done: true };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<Answer>> {
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
