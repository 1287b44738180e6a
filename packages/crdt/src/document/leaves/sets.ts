import { compareKeys, type Key } from "../../kernel/codec.ts";
import type { ORSet, ORSetType } from "../../sets/or-set.ts";
import type { RemoveWinsSet, RemoveWinsSetType } from "../../sets/remove-wins-set.ts";
import { type Cell, isOwn, type Leaf } from "./leaf.ts";

export interface SetView<T extends Key> extends Iterable<T> {
  readonly size: number;
  has(element: T): boolean;
  add(element: T): void;
  delete(element: T): void;
  values(): T[];
}

interface SetMutators<State, T> {
  add(state: State, element: T, replica: string): State;
  remove(state: State, element: T, replica: string): State;
  has(state: State, element: T): boolean;
  values(state: State): T[];
  /** Whether what makes the element be there is of this replica alone. */
  isOwn(state: State, element: T, replica: string): boolean;
}

function setView<State, T extends Key>(cell: Cell<State>, type: SetMutators<State, T>): SetView<T> {
  const { replica } = cell;
  const add = (element: T): void => {
    const had = type.has(cell.state, element);
    cell.change(
      (state) => type.add(state, element, replica),
      () => {
        if (!had && type.isOwn(cell.state, element, replica)) remove(element);
      },
    );
  };
  const remove = (element: T): void => {
    if (!type.has(cell.state, element)) return;
    cell.change(
      (state) => type.remove(state, element, replica),
      () => add(element),
    );
  };
  return {
    get size() {
      return type.values(cell.state).length;
    },
    has: (element) => type.has(cell.state, element),
    add,
    delete: remove,
    values: () => type.values(cell.state),
    [Symbol.iterator]: () => type.values(cell.state)[Symbol.iterator](),
  };
}

export function setLeaf<T extends Key>(set: ORSetType<T>): Leaf<SetView<T>, readonly T[]> {
  return {
    type: set,
    dots: set.dots,
    value: (state: ORSet<T>) => set.values(state).sort(compareKeys),
    restore: addAll,
    view: (cell: Cell<ORSet<T>>) =>
      setView(cell, {
        add: (state, element, replica) => set.add(state, replica, element),
        remove: (state, element) => set.remove(state, element),
        has: set.has,
        values: set.values,
        isOwn: (state, element, replica) => isOwn(state.store.get(element) ?? [], replica),
      }),
  };
}

export function strictSetLeaf<T extends Key>(set: RemoveWinsSetType<T>): Leaf<SetView<T>, readonly T[]> {
  return {
    type: set,
    dots: set.dots,
    value: (state: RemoveWinsSet<T>) => set.values(state).sort(compareKeys),
    restore: addAll,
    view: (cell: Cell<RemoveWinsSet<T>>) =>
      setView(cell, {
        add: (state, element, replica) => set.add(state, replica, element),
        remove: (state, element, replica) => set.remove(state, replica, element),
        has: set.has,
        values: set.values,
        isOwn: (state, element, replica) => isOwn(state.store.get(element)?.get(true) ?? [], replica),
      }),
  };
}

function addAll<T extends Key>(view: SetView<T>, values: readonly T[]): void {
  for (const value of values) view.add(value);
}
