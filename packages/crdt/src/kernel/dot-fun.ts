import type { Dot } from "@coterie/clocks";
import { CorruptBytesError } from "../errors.ts";
import type { DotStore } from "./causal.ts";
import { type Codec, checkedCodec } from "./codec.ts";
import { compareDots, readDot, writeDot } from "./dot-set.ts";

/** A value and the event that wrote it. */
export interface DottedValue<T> extends Dot {
  readonly value: T;
}

/** Values by their dots, sorted by dot. Immutable. */
export type DotFun<T> = readonly DottedValue<T>[];

/** Events that each carry a value (the paper's DotFun, section 7.1). One event has one value, so equal dots need no join. */
export function dotFun<T>(codec: Codec<T>): DotStore<DotFun<T>> {
  checkedCodec(codec);
  return {
    bottom: () => [],
    isBottom: (store) => store.length === 0,
    size: (store) => store.length,
    join(store, context, other, otherContext) {
      const inOther = (dot: Dot): boolean => other.some((theirs) => compareDots(theirs, dot) === 0);
      const kept = store.filter((dot) => inOther(dot) || !otherContext.has(dot.id, dot.counter));
      const fresh = other.filter(({ id, counter }) => !context.has(id, counter));
      return [...kept, ...fresh].sort(compareDots);
    },
    unknownTo: (store, context) => store.filter(({ id, counter }) => !context.has(id, counter)),
    equals: (a, b) => a.length === b.length && a.every((entry, at) => compareDots(entry, b[at]!) === 0),
    dots: (store) => store,
    isIn: (store, context) => store.every(({ id, counter }) => context.has(id, counter)),
    write(writer, store) {
      writer.uint(store.length);
      for (const entry of store) {
        writeDot(writer, entry);
        codec.write(writer, entry.value);
      }
    },
    read(reader) {
      const store: DottedValue<T>[] = [];
      for (let left = reader.count(3); left > 0; left--) {
        const entry = { ...readDot(reader), value: codec.read(reader) };
        if (store.length > 0 && compareDots(store[store.length - 1]!, entry) >= 0)
          throw new CorruptBytesError("dots are not in order");
        store.push(entry);
      }
      return store;
    },
  };
}
