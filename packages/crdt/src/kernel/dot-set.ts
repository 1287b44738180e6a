import type { Dot, ReadonlyCausalContext } from "@coterie/clocks";
import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError } from "../errors.ts";
import type { DotStore } from "./causal.ts";

/** A few dots, sorted. Immutable: most hold a single one, and a changed set is a new array. */
export type DotSet = readonly Dot[];

const none: DotSet = [];

/** Events alone: something is there while any of them is (the paper's DotSet, section 7.1). */
export const dotSet: DotStore<DotSet> = {
  bottom: () => [],
  isBottom: (store) => store.length === 0,
  size: (store) => store.length,
  join(store, context, other, otherContext) {
    // In two large states nearly all sets are one dot, and the same one.
    if (store.length === 1 && other.length === 1 && isSame(store[0]!, other[0]!)) return store;
    if (store.length === 0 && isNew(other, context)) return other;
    if (other.length === 0 && isNew(store, otherContext)) return store;
    const kept = store.filter((dot) => includes(other, dot) || !otherContext.has(dot.id, dot.counter));
    const fresh = other.filter((dot) => !context.has(dot.id, dot.counter));
    if (fresh.length === 0) return kept.length === store.length ? store : kept;
    return [...kept, ...fresh].sort(compareDots);
  },
  unknownTo(store, context) {
    if (store.length === 1) return isNew(store, context) ? store : none;
    return store.filter(({ id, counter }) => !context.has(id, counter));
  },
  equals: (a, b) => a.length === b.length && a.every((dot, at) => compareDots(dot, b[at]!) === 0),
  dots: (store) => store,
  isIn(store, context) {
    for (const { id, counter } of store) if (!context.has(id, counter)) return false;
    return true;
  },
  write(writer, store) {
    writer.uint(store.length);
    for (const dot of store) writeDot(writer, dot);
  },
  read(reader) {
    const size = reader.count(3);
    // Nearly all sets are one dot, and an array that grows to it would keep room for sixteen.
    if (size === 1) return [readDot(reader)];
    const store: Dot[] = [];
    for (let left = size; left > 0; left--) {
      const dot = readDot(reader);
      if (store.length > 0 && compareDots(store[store.length - 1]!, dot) >= 0)
        throw new CorruptBytesError("dots are not in order");
      store.push(dot);
    }
    return store;
  },
};

function includes(dots: DotSet, wanted: Dot): boolean {
  return dots.some((dot) => isSame(dot, wanted));
}

function isSame(a: Dot, b: Dot): boolean {
  return a.counter === b.counter && a.id === b.id;
}

/** Whether a context has none of the dots. */
function isNew(dots: DotSet, context: ReadonlyCausalContext): boolean {
  for (const { id, counter } of dots) if (context.has(id, counter)) return false;
  return true;
}

export function compareDots(a: Dot, b: Dot): number {
  return a.id === b.id ? a.counter - b.counter : a.id < b.id ? -1 : 1;
}

export function writeDot(writer: Writer, { id, counter }: Dot): void {
  writer.text(id);
  writer.uint(counter);
}

export function readDot(reader: Reader): Dot {
  return { id: reader.id(), counter: reader.uint() };
}
