import { type Causal, causal, replace } from "../kernel/causal.ts";
import type { Codec, Key } from "../kernel/codec.ts";
import { nextDot } from "../kernel/context.ts";
import { type DotMap, dotMap } from "../kernel/dot-map.ts";
import { type DotSet, dotSet } from "../kernel/dot-set.ts";
import type { CausalType } from "../kernel/nested.ts";
import { takeKey } from "../kernel/writable.ts";

export type ORSet<T extends Key> = Causal<DotMap<T, DotSet>>;

export interface ORSetType<T extends Key> extends CausalType<DotMap<T, DotSet>> {
  /** Adds an element; returns the delta. */
  add(state: ORSet<T>, replica: string, element: T): ORSet<T>;
  /** Removes an element as far as its additions were seen here; returns the delta. Adds no event. */
  remove(state: ORSet<T>, element: T): ORSet<T>;
  clear(state: ORSet<T>): ORSet<T>;
  has(state: ORSet<T>, element: T): boolean;
  values(state: ORSet<T>): T[];
}

/**
 * A set whose elements come and go; of concurrent addition and removal the addition wins. An element is there while any
 * of its additions is, and what was removed leaves nothing but its dots in the context: no tombstones (Bieniusa et al.,
 * "An Optimized Conflict-free Replicated Set", 2012).
 */
export function orSet<T extends Key>(codec: Codec<T>): ORSetType<T> {
  const dots = dotMap(codec, dotSet);
  // A delta may list an element without dots, to say that it was removed.
  const has = (state: ORSet<T>, element: T): boolean => (state.store.get(element)?.length ?? 0) > 0;
  return {
    ...causal("or-set", dots),
    dots,
    add(state, replica, element) {
      const taken = takeKey(codec, element);
      const dot = nextDot(state.context, replica);
      const before = state.store.get(taken);
      return replaceDots(state, taken, [dot], before === undefined ? [dot] : [dot, ...before]);
    },
    remove(state, element) {
      const taken = takeKey(codec, element);
      return replaceDots(state, taken, [], state.store.get(taken) ?? []);
    },
    clear(state) {
      // All that was ever seen is gone now: the whole context says so in few ranges.
      state.store = dots.bottom();
      return { store: dots.bottom(), context: state.context.snapshot().toMutable() };
    },
    has,
    values: (state) => [...state.store.keys()].filter((element) => has(state, element)),
  };
}

/** A change of one element touches that element alone, however many the set has. */
function replaceDots<T extends Key>(state: ORSet<T>, element: T, now: DotSet, events: DotSet): ORSet<T> {
  if (now.length > 0) state.store.set(element, now);
  else state.store.delete(element);
  return replace(state, state.store, events, new Map([[element, now]]));
}
