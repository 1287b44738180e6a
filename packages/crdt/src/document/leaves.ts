import { type BoundedCounter, boundedCounter } from "../counters/bounded-counter.ts";
import { causalCounter } from "../counters/causal-counter.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { FlagType } from "../flags/enable-wins.ts";
import type { Causal, DotStore } from "../kernel/causal.ts";
import { type Codec, compareKeys, type Key } from "../kernel/codec.ts";
import type { DotFun } from "../kernel/dot-fun.ts";
import type { DotSet } from "../kernel/dot-set.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { isNewer, readStamp, type Stamped, stampAfter, writeStamp } from "../registers/lww-register.ts";
import { mvRegister } from "../registers/mv-register.ts";
import type { ORSet, ORSetType } from "../sets/or-set.ts";
import type { RemoveWinsSet, RemoveWinsSetType } from "../sets/remove-wins-set.ts";
import { type MovableTree, movableTree, treeRoot } from "../tree/movable-tree.ts";

/** Where the state of a leaf stands in its document. */
export interface Cell<State> {
  readonly replica: string;
  readonly state: State;
  /** Milliseconds of the wall clock that the document was given; 0 without one. */
  readonly time: number;
  /** Changes the state by a mutator that returns the delta; `inverse` is what undoing it does. */
  change(mutate: (state: State) => State, inverse?: () => void): void;
}

/** A lattice type as part of a document: how it is changed, read, and put back after a reset. */
export interface Leaf<View, Value> {
  readonly type: Lattice<unknown>;
  /** Of a causal type its dots; all others cannot be reset. */
  readonly dots: DotStore<unknown> | undefined;
  view(cell: Cell<unknown>): View;
  value(state: unknown): Value;
  /** Puts a value back where a reset has left nothing. */
  restore(view: View, value: Value): void;
}

export interface FlagView {
  readonly value: boolean;
  enable(): void;
  disable(): void;
}

export function flagLeaf(type: FlagType): Leaf<FlagView, boolean> {
  return {
    type,
    dots: type.dots,
    value: (state: Causal<DotSet>) => type.value(state),
    restore: (view, on) => (on ? view.enable() : view.disable()),
    view(cell: Cell<Causal<DotSet>>) {
      const turn = (to: boolean): void => {
        const before = type.value(cell.state);
        cell.change(
          (state) => (to ? type.enable : type.disable)(state, cell.replica),
          () => {
            if (before !== to && isOwn(cell.state.store, cell.replica)) turn(before);
          },
        );
      };
      return {
        get value() {
          return type.value(cell.state);
        },
        enable: () => turn(true),
        disable: () => turn(false),
      };
    },
  };
}

export interface CounterView {
  readonly value: number;
  /** Adds a whole number of either sign. */
  add(by: number): void;
}

export const counterLeaf: Leaf<CounterView, number> = {
  type: causalCounter,
  dots: causalCounter.dots,
  value: (state: Causal<DotFun<number>>) => causalCounter.value(state),
  restore: (view, value) => view.add(value),
  view(cell: Cell<Causal<DotFun<number>>>) {
    const add = (by: number): void =>
      cell.change(
        (state) => causalCounter.add(state, cell.replica, by),
        () => {
          // A reset has taken it back already.
          if (cell.state.store.some(({ id }) => id === cell.replica)) add(-by);
        },
      );
    return {
      get value() {
        return causalCounter.value(cell.state);
      },
      add,
    };
  },
};

export interface BoundedCounterView {
  readonly value: number;
  /** How far this replica may count down without asking anyone. */
  readonly rights: number;
  increment(by?: number): void;
  /** Throws InvalidArgumentError when this replica has not the rights. */
  decrement(by?: number): void;
  transfer(to: string, amount: number): void;
}

/** Rights that were earned may have been spent elsewhere, so counting up is not undone; what was counted down is. */
export const boundedCounterLeaf: Leaf<BoundedCounterView, number> = {
  type: boundedCounter,
  dots: undefined,
  value: (state: BoundedCounter) => boundedCounter.value(state),
  restore: () => {},
  view(cell: Cell<BoundedCounter>) {
    const increment = (by?: number): void =>
      cell.change((state) => boundedCounter.increment(state, cell.replica, by));
    return {
      get value() {
        return boundedCounter.value(cell.state);
      },
      get rights() {
        return boundedCounter.rights(cell.state, cell.replica);
      },
      increment,
      decrement: (by) =>
        cell.change(
          (state) => boundedCounter.decrement(state, cell.replica, by),
          () => increment(by),
        ),
      transfer: (to, amount) =>
        cell.change((state) => boundedCounter.transfer(state, cell.replica, to, amount)),
    };
  },
};

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

export interface RegisterView<T> {
  readonly value: T | undefined;
  set(value: T): void;
  clear(): void;
}

/** A register whose latest writing counts and that can be reset: a multi-value register of stamped values. */
export function registerLeaf<T>(codec: Codec<T>): Leaf<RegisterView<T>, T | undefined> {
  const type = mvRegister<Stamped<T>>({
    write(writer, stamped) {
      writeStamp(writer, stamped);
      codec.write(writer, stamped.value);
    },
    read: (reader) => ({ ...readStamp(reader), value: codec.read(reader) }),
  });
  type State = Causal<DotFun<Stamped<T>>>;
  const latest = (state: State): Stamped<T> | undefined =>
    type
      .values(state)
      .reduce<Stamped<T> | undefined>((best, one) => (isNewer(one, best) ? one : best), undefined);
  return {
    type,
    dots: type.dots,
    value: (state: State) => latest(state)?.value,
    restore: (view, value) => value !== undefined && view.set(value),
    view: (cell: Cell<State>) => ({
      get value() {
        return latest(cell.state)?.value;
      },
      ...writable(
        cell,
        () => {
          const before = latest(cell.state);
          return before === undefined ? [] : [before.value];
        },
        (state, value) => {
          const stamp = stampAfter(latest(state), cell.replica, cell.time);
          return type.set(state, cell.replica, { ...stamp, value });
        },
        (state) => type.clear(state),
      ),
    }),
  };
}

export interface SiblingsView<T> {
  /** None before the first writing, several after concurrent ones. */
  readonly values: T[];
  /** Replaces all values seen here. */
  set(value: T): void;
  clear(): void;
}

export function siblingsLeaf<T>(codec: Codec<T>): Leaf<SiblingsView<T>, readonly T[]> {
  const type = mvRegister(codec);
  type State = Causal<DotFun<T>>;
  return {
    type,
    dots: type.dots,
    value: (state: State) => type.values(state),
    restore: (view, values) => {
      for (const value of values.slice(0, 1)) view.set(value);
    },
    view: (cell: Cell<State>) => ({
      get values() {
        return type.values(cell.state);
      },
      ...writable(
        cell,
        () => type.values(cell.state),
        (state, value) => type.set(state, cell.replica, value),
        (state) => type.clear(state),
      ),
    }),
  };
}

/** Writing and clearing a register. Undoing puts the first value back that stood there, unless someone wrote since. */
function writable<State extends Causal<DotFun<unknown>>, T>(
  cell: Cell<State>,
  values: () => readonly T[],
  put: (state: State, value: T) => State,
  take: (state: State) => State,
): { set(value: T): void; clear(): void } {
  const set = (value: T): void => {
    const before = values();
    cell.change(
      (state) => put(state, value),
      () => {
        if (!isOwn(cell.state.store, cell.replica)) return;
        if (before.length > 0) set(before[0]!);
        else clear();
      },
    );
  };
  const clear = (): void => {
    const before = values();
    if (before.length === 0) return;
    cell.change(take, () => cell.state.store.length === 0 && set(before[0]!));
  };
  return { set, clear };
}

/** A node of a tree with all that is below it. The root's name is "". */
export interface TreeNode {
  readonly node: string;
  readonly children: readonly TreeNode[];
}

export interface TreeView {
  /** Makes a node under a parent, or moves it there. Throws InvalidArgumentError when that would make a cycle. */
  move(node: string, parent?: string): void;
  remove(node: string): void;
  has(node: string): boolean;
  parentOf(node: string): string | undefined;
  children(node?: string): string[];
}

export const treeLeaf: Leaf<TreeView, TreeNode> = {
  type: movableTree,
  dots: undefined,
  value(state: MovableTree) {
    const nodeOf = (node: string): TreeNode => ({
      node,
      children: movableTree.children(state, node).map(nodeOf),
    });
    return nodeOf(treeRoot);
  },
  restore: () => {},
  view(cell: Cell<MovableTree>) {
    const { replica } = cell;
    const put = (node: string, parent: string | undefined): void => {
      const before = movableTree.parentOf(cell.state, node);
      cell.change(
        (state) =>
          parent === undefined
            ? movableTree.remove(state, replica, node)
            : movableTree.move(state, replica, node, parent),
        () => {
          const stands = movableTree.parentOf(cell.state, node) === parent;
          const fits = before === undefined || !cell.state.places.isBelow(before, node);
          if (stands && fits) put(node, before);
        },
      );
    };
    return {
      move: (node, parent = treeRoot) => put(node, parent),
      remove(node) {
        if (movableTree.parentOf(cell.state, node) === undefined)
          throw new InvalidArgumentError(`There is no node ${JSON.stringify(node)}.`);
        put(node, undefined);
      },
      has: (node) => movableTree.has(cell.state, node),
      parentOf: (node) => movableTree.parentOf(cell.state, node),
      children: (node = treeRoot) => movableTree.children(cell.state, node),
    };
  },
};

/** Whether all events are this replica's own: what others wrote since is not to be undone. */
function isOwn(dots: DotSet | DotFun<unknown>, replica: string): boolean {
  return dots.every(({ id }) => id === replica);
}
