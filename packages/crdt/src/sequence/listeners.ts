import { checkFunction } from "../arguments.ts";
import { InvalidArgumentError } from "../errors.ts";

/** Most events that listeners raise while they are told of one: beyond it, they write in answer to what they wrote. */
const EVENTS_MAX = 1 << 16;

interface Raised<Event> {
  readonly event: Event;
  /** Those who listened when it happened: who begins later begins with what came of it. */
  readonly listeners: readonly ((event: Event) => void)[];
}

/**
 * Those who are told of events. Everybody is told of everything in the order in which it happened: what happens while
 * listeners run waits until all of them know what was before. What a listener throws keeps nobody else from being told.
 */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>();
  #raised: Raised<Event>[] = [];
  #telling = false;

  get size(): number {
    return this.#listeners.size;
  }

  /** Returns how to stop. */
  add(listener: (event: Event) => void): () => void {
    checkFunction("onChange", listener);
    // A wrapper of its own, so that one function may listen twice and stop once.
    const own = (event: Event): void => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Takes an event in, to be told of with the next `tell`. */
  raise(event: Event): void {
    if (this.size > 0) this.#raised.push({ event, listeners: [...this.#listeners] });
  }

  /**
   * Tells of all that was raised, and is raised meanwhile; when it runs already, that is done there. Throws in the end what
   * a listener threw, or an AggregateError of all that several did.
   */
  tell(): void {
    if (this.#telling || this.#raised.length === 0) return;
    this.#telling = true;
    const errors: unknown[] = [];
    const most = this.#raised.length + EVENTS_MAX;
    let told = 0;
    // What is raised meanwhile is appended, and comes to its turn.
    for (const raised of this.#raised) {
      if (told++ === most) {
        errors.push(endlessError());
        break;
      }
      this.#tellOf(raised, errors);
    }
    this.#raised = [];
    this.#telling = false;
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1)
      throw new AggregateError(errors, "Several listeners threw; all was done and all were told.");
  }

  #tellOf({ event, listeners }: Raised<Event>, errors: unknown[]): void {
    for (const listener of listeners) {
      if (!this.#listeners.has(listener)) continue;
      try {
        listener(event);
      } catch (error) {
        errors.push(error);
      }
    }
  }
}

/**
 * Does something and tells of what was done, also when it threw. What it threw passes through, and what listeners threw
 * besides goes along as its property `suppressed`, or beside it in an AggregateError when it can have none.
 */
export function doAndTell<T>(act: () => T, tell: () => void): T {
  let result: T;
  try {
    result = act();
  } catch (error) {
    try {
      tell();
    } catch (suppressed) {
      if (!(error instanceof Error && Object.isExtensible(error)))
        throw new AggregateError([error, suppressed], "A transaction threw, and so did its listeners.");
      Object.defineProperty(error, "suppressed", { value: suppressed, configurable: true, writable: true });
    }
    throw error;
  }
  tell();
  return result;
}

function endlessError(): InvalidArgumentError {
  return new InvalidArgumentError(
    `Listeners wrote ${EVENTS_MAX} times in answer to one call, and were not told of the rest: ` +
      "a listener that writes must not do so again for what it wrote itself.",
  );
}
