import { InvalidArgumentError } from "../errors.ts";
import { type Causal, causal, replace } from "../kernel/causal.ts";
import type { Codec, Key } from "../kernel/codec.ts";
import { type DotMap, dotMap } from "../kernel/dot-map.ts";
import type { CausalType } from "../kernel/nested.ts";
import { takeKey } from "../kernel/writable.ts";

export type ORMap<K extends Key, Store> = Causal<DotMap<K, Store>>;

export interface ORMapType<K extends Key, Store> extends CausalType<DotMap<K, Store>> {
  /**
   * Changes the value under a key, which is there from then on, by a mutator of the value's type; returns the delta:
   * `map.update(state, "votes", (votes) => counter.add(votes, replica, 1))`.
   */
  update(state: ORMap<K, Store>, key: K, change: (value: Causal<Store>) => Causal<Store>): ORMap<K, Store>;
  /** Removes a key and resets its value as far as it was seen here; what is changed concurrently stays. */
  remove(state: ORMap<K, Store>, key: K): ORMap<K, Store>;
  has(state: ORMap<K, Store>, key: K): boolean;
  keys(state: ORMap<K, Store>): K[];
  /** The value under a key, to read; bottom when there is none. */
  get(state: ORMap<K, Store>, key: K): Causal<Store>;
}

/**
 * A map of causal values, maps among them: all share the map's context, so a key that is removed and made again begins
 * anew, and concurrent changes within it win over its removal (Riak's map with reset-remove; Almeida et al. 2018,
 * section 7.4). Throws InvalidArgumentError for values that are of no causal type.
 */
export function orMap<K extends Key, Store>(key: Codec<K>, values: CausalType<Store>): ORMapType<K, Store> {
  if (values?.dots === undefined)
    throw new InvalidArgumentError(
      "The values of a map are of a causal type: orSet, removeWinsSet, mvRegister, causalCounter, a flag, movableTree or orMap.",
    );
  const dots = dotMap(key, values.dots);
  const get = (state: ORMap<K, Store>, name: K): Causal<Store> => ({
    store: state.store.get(name) ?? values.dots.bottom(),
    context: state.context,
  });
  return {
    ...causal(`or-map of ${values.name}`, dots),
    dots,
    update(state, name, change) {
      const taken = takeKey(key, name);
      const value = get(state, taken);
      const delta = change(value);
      if (values.dots.isBottom(value.store)) state.store.delete(taken);
      else state.store.set(taken, value.store);
      if (delta?.context === undefined)
        throw new InvalidArgumentError(
          "What is given to update returns the delta of the value's mutator. What it changed stays here.",
        );
      const { store, context } = delta;
      return { store: values.dots.isBottom(store) ? new Map() : new Map([[taken, store]]), context };
    },
    remove(state, name) {
      const before = state.store.get(name);
      if (before === undefined) return replace(state, state.store, [], new Map());
      state.store.delete(name);
      return replace(
        state,
        state.store,
        [...values.dots.dots(before)],
        new Map([[name, values.dots.bottom()]]),
      );
    },
    has: (state, name) => state.store.has(name),
    keys: (state) => [...state.store.keys()],
    get,
  };
}
