import { type Causal, causal } from "../../kernel/causal.ts";
import { type Codec, compareKeys, type Key } from "../../kernel/codec.ts";
import { takeKey } from "../../kernel/writable.ts";
import { type ORSet, orSet } from "../../sets/or-set.ts";
import { type RemoveWinsSet, removeWinsSet } from "../../sets/remove-wins-set.ts";
import type { Cell, Leaf } from "./leaf.ts";

/** A set whose elements only come. */
export interface GrowingSetView<T extends Key> extends Iterable<T> {
  readonly size: number;
  has(element: T): boolean;
  /** Adds an element. Undoing does not take it back. */
  add(element: T): void;
  values(): T[];
}

/** A set whose elements come once and go for good. */
export interface TwoPhaseSetView<T extends Key> extends GrowingSetView<T> {
  /** Removes an element for good, whether or not it is there yet. Undoing does not bring it back. */
  delete(element: T): void;
}

/** A grow-only set that can be reset: an observed-remove set in which nothing is removed. */
export function growingSetLeaf<T extends Key>(codec: Codec<T>): Leaf<GrowingSetView<T>, readonly T[]> {
  const set = orSet(codec);
  return {
    type: causal("growing-set", set.dots),
    dots: set.dots,
    value: (state: ORSet<T>) => set.values(state).sort(compareKeys),
    restore: addAll,
    view: (cell: Cell<ORSet<T>>) => new GrowingSet(cell, codec, set),
  };
}

/**
 * A two-phase set that can be reset: for each element the dots of its additions and removals, as in a remove-wins set, but
 * what is removed is not added again.
 */
export function twoPhaseSetLeaf<T extends Key>(codec: Codec<T>): Leaf<TwoPhaseSetView<T>, readonly T[]> {
  const set = removeWinsSet(codec);
  return {
    type: causal("two-phase-set", set.dots),
    dots: set.dots,
    value: (state: RemoveWinsSet<T>) => set.values(state).sort(compareKeys),
    restore: addAll,
    view: (cell: Cell<RemoveWinsSet<T>>) =>
      new TwoPhaseSet(cell, codec, set, (element) => {
        const marks = cell.state.store.get(element);
        if (marks?.has(false) !== true) cell.change((state) => set.remove(state, cell.replica, element));
      }),
  };
}

interface Elements<Store, T> {
  add(state: Causal<Store>, replica: string, element: T): Causal<Store>;
  has(state: Causal<Store>, element: T): boolean;
  values(state: Causal<Store>): T[];
}

class GrowingSet<Store extends ReadonlyMap<T, unknown>, T extends Key> implements GrowingSetView<T> {
  readonly #cell: Cell<Causal<Store>>;
  readonly #codec: Codec<T>;
  readonly #set: Elements<Store, T>;

  constructor(cell: Cell<Causal<Store>>, codec: Codec<T>, set: Elements<Store, T>) {
    this.#cell = cell;
    this.#codec = codec;
    this.#set = set;
  }

  get size(): number {
    return this.values().length;
  }

  has(element: T): boolean {
    return this.#set.has(this.#cell.state, element);
  }

  add(element: T): void {
    const { state, replica } = this.#cell;
    const taken = this.taken(element);
    // What is known of the element already stays as it is: there, or gone for good.
    if (!state.store.has(taken)) this.#cell.change((mine) => this.#set.add(mine, replica, taken));
  }

  values(): T[] {
    return this.#set.values(this.#cell.state);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.values()[Symbol.iterator]();
  }

  protected taken(element: T): T {
    return takeKey(this.#codec, element);
  }
}

class TwoPhaseSet<Store extends ReadonlyMap<T, unknown>, T extends Key>
  extends GrowingSet<Store, T>
  implements TwoPhaseSetView<T>
{
  readonly #remove: (element: T) => void;

  constructor(
    cell: Cell<Causal<Store>>,
    codec: Codec<T>,
    set: Elements<Store, T>,
    remove: (element: T) => void,
  ) {
    super(cell, codec, set);
    this.#remove = remove;
  }

  delete(element: T): void {
    this.#remove(this.taken(element));
  }
}

function addAll<T extends Key>(view: GrowingSetView<T>, values: readonly T[]): void {
  for (const value of values) view.add(value);
}
