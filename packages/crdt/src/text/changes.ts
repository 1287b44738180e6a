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

  /** Gathers everything that happens meanwhile into one event. */
  hold<T>(origin: TextEvent["origin"], run: () => T): T {
    this.#depth++;
    try {
      return run();
    } finally {
      this.#depth--;
      this.flush(origin);
    }
  }

  flush(origin: TextEvent["origin"]): void {
    if (this.#depth > 0 || this.#steps.length === 0) return;
    const event: TextEvent = { origin, steps: this.#steps };
    this.#steps = [];
    for (const listener of this.#listeners) listener(event);
  }

  #observe(): void {
    const { tree, log } = this.#sequence;
    const heard = this.#listeners.size > 0;
    if (!heard && this.#history) {
      this.#sequence.observer = undefined;
      return;
    }
    this.#sequence.observer = {
      inserted: (replica, seq, size) => {
        if (!heard) return;
        const at = log.contentOf(replica, seq);
        const inserted = this.#units.text(replica, at, at + size);
        this.#add(tree.index() - size, 0, inserted);
      },
      removing: (replica, seq, size) => {
        if (heard) this.#add(tree.index(), size, "");
        if (!this.#history) this.#units.drop(replica, log.contentOf(replica, seq), size);
      },
    };
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
