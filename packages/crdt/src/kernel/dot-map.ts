import type { Dot, ReadonlyCausalContext } from "@coterie/clocks";
import { CorruptBytesError } from "../errors.ts";
import type { DotStore } from "./causal.ts";
import { type Codec, checkedCodec, type Key, readEach, readEntries, writeEntries } from "./codec.ts";
import { DotColumns } from "./dot-columns.ts";
import { LookUp } from "./look-up.ts";

/** Stores by key. A key without dots is not in the map. */
export type DotMap<K extends Key, Store> = Map<K, Store>;

/**
 * A map of dot stores that share one context (the paper's DotMap, section 7.1). A join costs O(m) for a store of m keys,
 * and O(n) more only when something was removed that it does not list. A delta may list a key without dots to say that
 * all that was removed was removed there.
 */
export function dotMap<K extends Key, Store>(
  key: Codec<K>,
  values: DotStore<Store>,
): DotStore<DotMap<K, Store>> {
  checkedCodec(key);
  const nothing = values.bottom();
  const put = (store: DotMap<K, Store>, name: K, before: Store | undefined, joined: Store): void => {
    if (values.isBottom(joined)) store.delete(name);
    else if (joined !== before) store.set(name, joined);
  };
  const dotsOf = function* (store: DotMap<K, Store>): IterableIterator<Dot> {
    for (const value of store.values()) yield* values.dots(value);
  };
  /**
   * Joins the entries that may differ. An event that both sides know is in both, or lost from one of them: so under a key
   * it is counted by what both have less what the join has. When all of them are counted, nothing can be lost elsewhere.
   * `alike` counts those of the other side's entries that were left out because they are the same here; `others` are all
   * its dots.
   */
  const joinEntries = (
    store: DotMap<K, Store>,
    context: ReadonlyCausalContext,
    entries: DotMap<K, Store>,
    otherContext: ReadonlyCausalContext,
    alike: number,
    others: () => DotColumns,
  ): DotMap<K, Store> => {
    let left = context.shared(otherContext) - alike;
    for (const [name, value] of entries) {
      const before = store.get(name);
      left -= values.size(before ?? nothing) + values.size(value);
      const joined = values.join(before ?? values.bottom(), context, value, otherContext);
      left += values.size(joined);
      put(store, name, before, joined);
    }
    if (left <= 0) return store;
    const there = others();
    for (const [name, value] of store)
      if (!there.hasAny(values.dots(value)))
        put(store, name, value, values.join(value, context, nothing, otherContext));
    return store;
  };
  return {
    bottom: () => new Map(),
    isBottom: (store) => store.size === 0,
    size(store) {
      let size = 0;
      for (const value of store.values()) size += values.size(value);
      return size;
    },
    join: (store, context, other, otherContext) =>
      joinEntries(store, context, other, otherContext, 0, () => new DotColumns(dotsOf(other))),
    readToJoin(reader, store, context, otherContext) {
      const differing: DotMap<K, Store> = new Map();
      const others = new DotColumns();
      const here = new LookUp(store);
      let alike = 0;
      readEach(reader, key, (name) => {
        const value = values.read(reader);
        if (!values.isIn(value, otherContext))
          throw new CorruptBytesError("an entry is newer than its context");
        others.add(values.dots(value));
        const before = here.get(name);
        if (before !== undefined && values.equals(before, value)) alike += values.size(value);
        else differing.set(name, value);
      });
      return () => joinEntries(store, context, differing, otherContext, alike, () => others);
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
    dots: dotsOf,
    isIn(store, context) {
      for (const value of store.values()) if (!values.isIn(value, context)) return false;
      return true;
    },
    write: (writer, store) => writeEntries(writer, store, key, (value) => values.write(writer, value)),
    read: (reader) => readEntries(reader, key, () => values.read(reader)),
  };
}
