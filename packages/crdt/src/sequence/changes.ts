import { doAndTell, Listeners } from "./listeners.ts";
import type { HeirOf } from "./undo.ts";

/**
 * One step of a change: at `index`, `removed` elements went and `inserted` came. The steps apply one after the other.
 */
export interface Step<Inserted> {
  readonly index: number;
  readonly removed: number;
  readonly inserted: Inserted;
}

/** What happened in a transaction or came with an update, told once. All listeners are given the same, which is frozen. */
export interface ChangeEvent<Inserted> {
  readonly origin: "local" | "remote";
  readonly steps: readonly Step<Inserted>[];
}

export type ChangeListener<Inserted> = (event: ChangeEvent<Inserted>) => void;

/** Follows local edits, by the ids of their elements. */
export interface Recorder<Inserted> {
  inserted(replica: number, seq: number, size: number): void;
  removing(replica: number, seq: number, size: number, removed: Inserted): void;
  /** Something else was done, and this takes it back. */
  done(takeBack: (heirOf: HeirOf) => void): void;
  /** A transaction has ended. */
  commit(): void;
}

/** What events carry: text, or values. */
export interface Joinable {
  readonly length: number;
}

const NONE: readonly never[] = Object.freeze([]);

/** Steps one after the other, those that go on in one place joined. */
export class Steps<Inserted extends Joinable> {
  readonly #nothing: Inserted;
  readonly #join: (first: Inserted, second: Inserted) => Inserted;
  #steps: Step<Inserted>[] = [];

  constructor(nothing: Inserted, join: (first: Inserted, second: Inserted) => Inserted) {
    this.#nothing = nothing;
    this.#join = join;
  }

  inserted(index: number, inserted: Inserted): void {
    const last = this.#steps[this.#steps.length - 1];
    if (last !== undefined && index === last.index + last.inserted.length)
      this.#replaceLast({ ...last, inserted: this.#join(last.inserted, inserted) });
    else this.#steps.push({ index, removed: 0, inserted });
  }

  removed(index: number, count: number): void {
    const last = this.#steps[this.#steps.length - 1];
    if (last !== undefined && last.inserted.length === 0 && index === last.index)
      this.#replaceLast({ ...last, removed: last.removed + count });
    else this.#steps.push({ index, removed: count, inserted: this.#nothing });
  }

  /** The steps so far; empty from then on. */
  take(): readonly Step<Inserted>[] {
    const steps = this.#steps;
    if (steps.length === 0) return NONE;
    this.#steps = [];
    return steps;
  }

  #replaceLast(step: Step<Inserted>): void {
    this.#steps[this.#steps.length - 1] = step;
  }
}

/** Gathers what happens in a transaction, or comes from others, and tells of it once. */
export class Changes<Inserted extends Joinable> {
  /** Makes what listeners get of the steps; undefined when there is nothing to tell. Without it they get the steps. */
  complete: ((event: ChangeEvent<Inserted>) => ChangeEvent<Inserted> | undefined) | undefined;
  readonly recorders: Set<Recorder<Inserted>> = new Set();
  readonly steps: Steps<Inserted>;
  readonly #interestChanged: () => void;
  readonly #listeners = new Listeners<ChangeEvent<Inserted>>();
  #depth = 0;
  #remote = false;

  /** `interestChanged` is called when listeners or recorders come or go: silence need not be observed. */
  constructor(steps: Steps<Inserted>, interestChanged: () => void) {
    this.steps = steps;
    this.#interestChanged = interestChanged;
  }

  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether anybody is to be told of edits. */
  get followed(): boolean {
    return this.#listeners.size > 0 || this.recorders.size > 0;
  }

  /** Whether local edits are followed, and this is one. */
  get recorded(): boolean {
    return this.recorders.size > 0 && !this.#remote;
  }

  listen(listener: ChangeListener<Inserted>): () => void {
    const stop = this.#listeners.add(listener);
    this.#interestChanged();
    return () => {
      stop();
      this.#interestChanged();
    };
  }

  /** Tells a recorder of all local edits; returns how to stop that. */
  record(recorder: Recorder<Inserted>): () => void {
    this.recorders.add(recorder);
    this.#interestChanged();
    return () => {
      this.recorders.delete(recorder);
      this.#interestChanged();
    };
  }

  /** Gathers everything that happens meanwhile into one event. */
  hold<T>(origin: ChangeEvent<Inserted>["origin"], run: () => T): T {
    const before = this.begin(origin);
    return doAndTell(run, () => this.end(origin, before));
  }

  /** Gathers everything that happens from here to `end`, which is given back what this returns. */
  begin(origin: ChangeEvent<Inserted>["origin"]): boolean {
    const before = this.#remote;
    this.#depth++;
    this.#remote = origin === "remote";
    return before;
  }

  end(origin: ChangeEvent<Inserted>["origin"], before: boolean = this.#remote): void {
    this.#depth--;
    this.#remote = this.#depth > 0 && before;
    this.flush(origin);
  }

  flush(origin: ChangeEvent<Inserted>["origin"]): void {
    if (this.#depth > 0) return;
    if (this.recorders.size > 0) for (const recorder of this.recorders) recorder.commit();
    const steps = this.steps.take();
    if (this.complete === undefined && (steps.length === 0 || !this.heard)) return;
    const event = { origin, steps: frozenSteps(steps) };
    const completed = this.complete === undefined ? event : this.complete(event);
    if (completed === undefined) return;
    this.#listeners.raise(Object.freeze(completed));
    this.#listeners.tell();
  }
}

function frozenSteps<Inserted>(steps: readonly Step<Inserted>[]): readonly Step<Inserted>[] {
  for (const step of steps) {
    Object.freeze(step.inserted);
    Object.freeze(step);
  }
  return Object.freeze(steps);
}
