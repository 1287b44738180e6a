import { type Causal, causal, replace } from "../kernel/causal.ts";
import { boolean, type Codec, type Key } from "../kernel/codec.ts";
import { nextDot } from "../kernel/context.ts";
import { type DotMap, dotMap } from "../kernel/dot-map.ts";
import { type DotSet, dotSet } from "../kernel/dot-set.ts";
import type { CausalType } from "../kernel/nested.ts";
import { takeKey } from "../kernel/writable.ts";

/** Under true the dots of additions, under false those of removals. */
type Marks = DotMap<boolean, DotSet>;
export type RemoveWinsSet<T extends Key> = Causal<DotMap<T, Marks>>;

export interface RemoveWinsSetType<T extends Key> extends CausalType<DotMap<T, Marks>> {
  add(state: RemoveWinsSet<T>, replica: string, element: T): RemoveWinsSet<T>;
  remove(state: RemoveWinsSet<T>, replica: string, element: T): RemoveWinsSet<T>;
  has(state: RemoveWinsSet<T>, element: T): boolean;
  values(state: RemoveWinsSet<T>): T[];
}

/**
 * A set in which, of concurrent addition and removal, the removal wins: permissions, black lists. A removal is an event
 * and stays until a later addition has seen it (Almeida et al. 2018, section 7.3).
 */
export function removeWinsSet<T extends Key>(codec: Codec<T>): RemoveWinsSetType<T> {
  const marks = dotMap(boolean, dotSet);
  const dots = dotMap(codec, marks);
  const mark = (state: RemoveWinsSet<T>, replica: string, element: T, added: boolean): RemoveWinsSet<T> => {
    const taken = takeKey(codec, element);
    const dot = nextDot(state.context, replica);
    const before = state.store.get(taken);
    const seen = before === undefined ? [] : [...marks.dots(before)];
    state.store.set(taken, new Map([[added, [dot]]]));
    return replace(state, state.store, [dot, ...seen], new Map([[taken, new Map([[added, [dot]]])]]));
  };
  const has = (state: RemoveWinsSet<T>, element: T): boolean => {
    const there = state.store.get(element);
    return there !== undefined && !there.has(false);
  };
  return {
    ...causal("remove-wins-set", dots),
    dots,
    add: (state, replica, element) => mark(state, replica, element, true),
    remove: (state, replica, element) => mark(state, replica, element, false),
    has,
    values: (state) => [...state.store.keys()].filter((element) => has(state, element)),
  };
}
