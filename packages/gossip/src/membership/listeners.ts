import { StoppedError } from "../errors.ts";
import type { MemberChange, MembershipEvents } from "./membership.ts";

/** Changes that wait for one reader; one that is slower loses the oldest. */
const backlogMax = 65_536;

type Listener<Event> = (event: Event) => void;

/** Everybody who wants to be told: listeners by name, and readers of all changes of members. */
export class Listeners {
  readonly #byName = new Map<keyof MembershipEvents, Set<Listener<never>>>();
  readonly #readers = new Set<Reader>();
  #ended = false;

  on<Name extends keyof MembershipEvents>(
    name: Name,
    listener: Listener<MembershipEvents[Name]>,
  ): () => void {
    const listeners = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit<Name extends keyof MembershipEvents>(name: Name, event: MembershipEvents[Name]): void {
    for (const listener of this.#byName.get(name) ?? [])
      guarded(() => (listener as Listener<unknown>)(event));
  }

  /** A change of a member, to both kinds. */
  change(change: MemberChange): void {
    this.emit(change.type, change.member);
    for (const reader of this.#readers) reader.push(change);
  }

  /** Everything from now on, until `end`. */
  read(): AsyncIterator<MemberChange> {
    const reader = new Reader(() => this.#readers.delete(reader));
    if (this.#ended) reader.end();
    else this.#readers.add(reader);
    return reader;
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
  }
}

/** A listener's fault is not the node's: it surfaces as an uncaught exception, after this turn. */
export function guarded(act: () => void): void {
  try {
    act();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

class Reader implements AsyncIterator<MemberChange> {
  readonly #stop: () => void;
  #backlog: MemberChange[] = [];
  #waiting: ((result: IteratorResult<MemberChange>) => void) | undefined;
  #ended = false;

  constructor(stop: () => void) {
    this.#stop = stop;
  }

  push(value: MemberChange): void {
    if (this.#waiting !== undefined) {
      this.#waiting({ value, done: false });
      this.#waiting = undefined;
    } else if (this.#backlog.push(value) > backlogMax) this.#backlog.shift();
  }

  end(): void {
    this.#ended = true;
    this.#waiting?.({ value: undefined, done: true });
    this.#waiting = undefined;
  }

  async next(): Promise<IteratorResult<MemberChange>> {
    const value = this.#backlog.shift();
    if (value !== undefined) return { value, done: false };
    if (this.#ended) return { value: undefined, done: true };
    if (this.#waiting !== undefined) throw new StoppedError();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  async return(): Promise<IteratorResult<MemberChange>> {
    this.#stop();
    this.end();
    this.#backlog = [];
    return { value: undefined, done: true };
  }
}
