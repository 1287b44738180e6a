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
    if (otherContext.size > 64 || otherContext.size > store.size) return false;
    const listed = new Set<string>();
    for (const name of other.keys())
      for (const { id, counter } of values.dots(store.get(name) ?? nothing)) listed.add(`${counter} ${id}`);
    for (const { id, counter } of otherContext.dots())
      if (context.has(id, counter) && !listed.has(`${counter} ${id}`)) return false;
    return true;
  };
  return {
    bottom: () => new Map(),
    isBottom: (store) => store.size === 0,
    join(store, context, other, otherContext) {
      const put = (name: K, joined: Store): void => {
        if (values.isBottom(joined)) store.delete(name);
        else store.set(name, joined);
      };
      const listed = concernsListedKeys(store, context, other, otherContext);
      for (const [name, value] of listed ? [] : store)
        if (!other.has(name)) put(name, values.join(value, context, nothing, otherContext));
      for (const [name, value] of other)
        put(name, values.join(store.get(name) ?? values.bottom(), context, value, otherContext));
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
    write: (writer, store) => writeEntries(writer, store, key, (value) => values.write(writer, value)),
    read: (reader) => readEntries(reader, key, () => values.read(reader)),
  };
}
