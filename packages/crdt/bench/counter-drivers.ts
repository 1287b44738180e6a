// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import { decode, encode, mergeEncoded, type PNCounter, pnCounter } from "@coterie/crdt";
import type { Load } from "./drivers/driver.ts";
import { lastUpdate, loadedYjs } from "./drivers/yjs-document.ts";

/** A counter, or a map from writers to what each has counted, which is the nearest that some libraries have. */
export interface BenchCounter {
  /** Counts up, so many times; returns the bytes that tell others of the last. */
  count(writer: string, times: number, by?: number): Uint8Array;
  merge(bytes: Uint8Array): void;
  encode(): Uint8Array;
  value(): number;
}

export interface CounterDriver {
  create(): BenchCounter;
  load(bytes: Uint8Array): BenchCounter;
}

async function coterie(): Promise<CounterDriver> {
  const wrap = (state: PNCounter): BenchCounter => ({
    count(writer, times, by) {
      for (let time = 1; time < times; time++) pnCounter.increment(state, writer, by);
      return encode(pnCounter, pnCounter.increment(state, writer, by));
    },
    merge: (bytes) => mergeEncoded(pnCounter, state, bytes),
    encode: () => encode(pnCounter, state),
    value: () => pnCounter.value(state),
  });
  return { create: () => wrap(pnCounter.bottom()), load: (bytes) => wrap(decode(pnCounter, bytes)) };
}

async function yjs(load: Load): Promise<CounterDriver> {
  const Y = await load("yjs");
  const wrap = (doc: any): BenchCounter => {
    const counts = doc.getMap("counts");
    const update = lastUpdate(doc);
    return {
      count(writer, times, by = 1) {
        doc.transact(() => {
          for (let time = 1; time < times; time++) counts.set(writer, (counts.get(writer) ?? 0) + by);
        });
        counts.set(writer, (counts.get(writer) ?? 0) + by);
        return update();
      },
      merge: (bytes) => Y.applyUpdate(doc, bytes),
      encode: () => Y.encodeStateAsUpdate(doc),
      value: () => [...counts.values()].reduce((total: number, count: number) => total + count, 0),
    };
  };
  return {
    create: () => wrap(new Y.Doc()),
    load: (bytes) => wrap(loadedYjs(Y, bytes)),
  };
}

async function automerge(load: Load): Promise<CounterDriver> {
  const A = await load("@automerge/automerge");
  const wrap = (start: any): BenchCounter => {
    let doc = start;
    return {
      count(_, times, by = 1) {
        const change = (often: number): void => {
          doc = A.change(doc, (draft: any) => {
            for (let time = 0; time < often; time++) draft.count.increment(by);
          });
        };
        if (times > 1) change(times - 1);
        change(1);
        return A.getLastLocalChange(doc);
      },
      merge(bytes) {
        doc = A.loadIncremental(doc, bytes);
      },
      encode: () => A.save(doc),
      value: () => doc.count.value,
    };
  };
  const base: Uint8Array = A.save(A.from({ count: new A.Counter(0) }, { actor: "00" }));
  return { create: () => wrap(A.load(base)), load: (bytes) => wrap(A.load(bytes)) };
}

/** By the name of the npm package. */
export const counterDrivers: Readonly<Record<string, (load: Load) => Promise<CounterDriver>>> = {
  "@coterie/crdt": coterie,
  yjs,
  "@automerge/automerge": automerge,
};
