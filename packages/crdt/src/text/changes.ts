import type { Sequence } from "../sequence/sequence.ts";
import type { Units } from "./units.ts";

/** One step of a change: at `index`, `removed` units went and `inserted` came. The steps apply one after the other. */
export interface TextStep {
  readonly index: number;
  readonly removed: number;
  readonly inserted: string;
}

export interface TextEvent {
  readonly origin: "local" | "remote";
  readonly steps: readonly TextStep[];
}

export type TextListener = (event: TextEvent) => void;

/** Follows local edits, by the ids of their elements. */
export interface Recorder {
  inserted(replica: number, seq: number, size: number): void;
  removing(replica: number, seq: number, size: number, removed: string): void;
  /** A transaction has ended. */
  commit(): void;
}

interface MutableStep {
  index: number;
  removed: number;
  inserted: string;
}

/** Turns what happens to the sequence into events, and really removes the content of what goes. Silent when unheard. */
export class TextChanges {
  readonly #sequence: Sequence;
  readonly #units: Units;
  readonly #history: boolean;
  readonly #listeners = new Set<TextListener>();
  #steps: MutableStep[] = [];
  #depth = 0;
  #remote = false;
  readonly #recorders = new Set<Recorder>();

  constructor(sequence: Sequence, units: Units, history: boolean) {
    this.#sequence = sequence;
    this.#units = units;
    this.#history = history;
    this.#observe();
  }

  listen(listener: TextListener): () => void {
    // A wrapper of its own, so that one function may listen twice and stop once.
    const own: TextListener = (event) => listener(event);
    this.#listeners.add(own);
    this.#observe();
    return () => {
      this.#listeners.delete(own);
      this.#observe();
    };
  }

  /** Tells a recorder of all local edits; returns how to stop that. */
  record(recorder: Recorder): () => void {
    this.#recorders.add(recorder);
    this.#observe();
    return () => {
      this.#recorders.delete(recorder);
      this.#observe();
    };
  }

  /** Gathers everything that happens meanwhile into one event. */
  hold<T>(origin: TextEvent["origin"], run: () => T): T {
    this.#depth++;
    const before = this.#remote;
    this.#remote = origin === "remote";
    try {
      return run();
    } finally {
      this.#depth--;
      this.#remote = before;
      this.flush(origin);
    }
  }

  flush(origin: TextEvent["origin"]): void {
    if (this.#depth > 0) return;
    if (this.#recorders.size > 0) for (const recorder of this.#recorders) recorder.commit();
    if (this.#steps.length === 0) return;
    const event: TextEvent = { origin, steps: this.#steps };
    this.#steps = [];
    for (const listener of this.#listeners) listener(event);
  }

  #observe(): void {
    const { tree, log } = this.#sequence;
    const heard = this.#listeners.size > 0;
    if (!heard && this.#history && this.#recorders.size === 0) {
      this.#sequence.observer = undefined;
      return;
    }
    this.#sequence.observer = {
      inserted: (replica, seq, size) => {
        if (!this.#remote && this.#recorders.size > 0)
          for (const recorder of this.#recorders) recorder.inserted(replica, seq, size);
        if (!heard) return;
        const at = log.contentOf(replica, seq);
        const inserted = this.#units.text(replica, at, at + size);
        this.#add(tree.index() - size, 0, inserted);
      },
      removing: (replica, seq, size) => {
        if (!this.#remote && this.#recorders.size > 0) this.#recordRemoval(replica, seq, size);
        if (heard) this.#add(tree.index(), size, "");
        if (!this.#history) this.#units.drop(replica, log.contentOf(replica, seq), size);
      },
    };
  }

  #recordRemoval(replica: number, seq: number, size: number): void {
    const at = this.#sequence.log.contentOf(replica, seq);
    const removed = this.#units.text(replica, at, at + size);
    for (const recorder of this.#recorders) recorder.removing(replica, seq, size, removed);
  }

  /** Adds a step, or lengthens the one before when it goes on in the same place. */
  #add(index: number, removed: number, inserted: string): void {
    const last = this.#steps[this.#steps.length - 1];
    if (last === undefined) this.#steps.push({ index, removed, inserted });
    else if (removed === 0 && index === last.index + last.inserted.length) last.inserted += inserted;
    else if (inserted === "" && last.inserted === "" && index === last.index) last.removed += removed;
    else this.#steps.push({ index, removed, inserted });
  }
}
