import type { Causal } from "../../kernel/causal.ts";
import type { Codec } from "../../kernel/codec.ts";
import type { DotFun } from "../../kernel/dot-fun.ts";
import { isNewer, readStamp, type Stamped, stampAfter, writeStamp } from "../../registers/lww-register.ts";
import { mvRegister } from "../../registers/mv-register.ts";
import { type Cell, isOwn, type Leaf } from "./leaf.ts";

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
