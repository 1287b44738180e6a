import type { ReadonlyCausalContext } from "@coterie/clocks";
import type { DotStore } from "./causal.ts";
import { type Codec, type Key, readEntries, writeEntries } from "./codec.ts";

/** Stores by key. A key without dots is not in the map. */
export type DotMap<K extends Key, Store> = Map<K, Store>;

/**
 * A map of dot stores that share one context (the paper's DotMap, section 7.1). A join costs O(n + m), and O(m) for a
 * delta whose events all belong to the keys that it lists. A delta may list a key without dots to say so.
 */
export function dotMap<K extends Key, Store>(
  key: Codec<K>,
  values: DotStore<Store>,
): DotStore<DotMap<K, Store>> {
  const nothing = values.bottom();
  /** Whether all events that both contexts know belong to keys of the other store, as far as its size makes it cheap. */
  const concernsListedKeys = (
    store: DotMap<K, Store>,
    context: ReadonlyCausalContext,
    other: DotMap<K, Store>,
    otherContext: ReadonlyCausalContext,
  ): boolean => {
    const { size } = otherContext;
    if (size > 64 || size > store.size) return false;
    // Events that are new belong to what the other store has, if to anything: only known ones have to be looked for.
    let listed: Set<string> | undefined;
    for (const { id, counter } of otherContext.dots()) {
      if (!context.has(id, counter)) continue;
      listed ??= dotsUnder(other.keys(), store);
      if (!listed.has(`${counter} ${id}`)) return false;
    }
    return true;
  };
  const dotsUnder = (names: Iterable<K>, store: DotMap<K, Store>): Set<string> => {
    const dots = new Set<string>();
    for (const name of names)
      for (const { id, counter } of values.dots(store.get(name) ?? nothing)) dots.add(`${counter} ${id}`);
    return dots;
  };
  return {
    bottom: () => new Map(),
    isBottom: (store) => store.size === 0,
    join(store, context, other, otherContext) {
      const size = store.size;
      const listed = concernsListedKeys(store, context, other, otherContext);
      const put = (name: K, before: Store | undefined, joined: Store): void => {
        if (values.isBottom(joined)) store.delete(name);
        else if (joined !== before) store.set(name, joined);
      };
      let met = 0;
      for (const [name, value] of other) {
        const before = store.get(name);
        if (before !== undefined) met++;
        put(name, before, values.join(before ?? values.bottom(), context, value, otherContext));
      }
      // Two states mostly have the same keys: then no other is left.
      if (listed || met === size) return store;
      for (const [name, value] of store)
        if (!other.has(name)) put(name, value, values.join(value, context, nothing, otherContext));
      return store;
    },
    unknownTo(store, context) {
      const unknown: DotMap<K, Store> = new Map();
      for (const [name, value] of store) {
        const part = values.unknownTo(value, context);
        if (!values.isBottom(part)) unknown.set(name, part);
      }
      return unknown;
    },
    equals(a, b) {
      if (a.size !== b.size) return false;
      for (const [name, value] of a) {
        const theirs = b.get(name);
        if (theirs === undefined || !values.equals(value, theirs)) return false;
      }
      return true;
    },
    *dots(store) {
      for (const value of store.values()) yield* values.dots(value);
    },
    addTo(store, context) {
      for (const value of store.values()) values.addTo(value, context);
    },
    isIn(store, context) {
      for (const value of store.values()) if (!values.isIn(value, context)) return false;
      return true;
    },
    write: (writer, store) => writeEntries(writer, store, key, (value) => values.write(writer, value)),
    read: (reader) => readEntries(reader, key, () => values.read(reader)),
  };
}
