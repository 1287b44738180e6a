/** What has something to send once the turn of the event loop is over. */
export interface Flushable {
  flush(): void;
}

/**
 * Collects what was written to during one turn of the event loop and flushes it when the turn is over: all that
 * the I/O of one poll phase made its handlers say then travels together. On an idle loop that is at once.
 */
export class Turn {
  #waiting: Flushable[] = [];

  /** Call it once per turn for each; the caller knows whether it has asked already. */
  add(flushable: Flushable): void {
    if (this.#waiting.push(flushable) === 1) setImmediate(() => this.#end());
  }

  #end(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flushable of waiting) flushable.flush();
  }
}
