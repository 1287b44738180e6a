// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import { decode, encode, mergeEncoded, type ORSet, orSet, text } from "@coterie/crdt";
import type { Load } from "./drivers/driver.ts";

/** A set of names, or a map with names for keys, which is the nearest that most libraries have. */
export interface BenchSet {
  /** Adds all, as one change. */
  addAll(names: readonly string[]): void;
  /** Adds one; returns the bytes that tell others. */
  add(name: string): Uint8Array;
  /** Removes one; returns the bytes that tell others. */
  remove(name: string): Uint8Array;
  /** Applies what another's `add`, `remove` or `encode` returned. */
  merge(bytes: Uint8Array): void;
  encode(): Uint8Array;
  size(): number;
}

export interface SetDriver {
  create(writer: string): BenchSet;
  load(bytes: Uint8Array, writer: string): BenchSet;
}

const set = orSet(text);

function wrapOurs(state: ORSet<string>, writer: string): BenchSet {
  return {
    addAll(names) {
      for (const name of names) set.add(state, writer, name);
    },
    add: (name) => encode(set, set.add(state, writer, name)),
    remove: (name) => encode(set, set.remove(state, name)),
    merge: (bytes) => mergeEncoded(set, state, bytes),
    encode: () => encode(set, state),
    size: () => state.store.size,
  };
}

async function coterie(): Promise<SetDriver> {
  return {
    create: (writer) => wrapOurs(set.bottom(), writer),
    load: (bytes, writer) => wrapOurs(decode(set, bytes), writer),
  };
}

async function yjs(load: Load): Promise<SetDriver> {
  const Y = await load("yjs");
  const wrap = (doc: any): BenchSet => {
    const map = doc.getMap("set");
    let update: Uint8Array = new Uint8Array(0);
    doc.on("update", (bytes: Uint8Array) => {
      update = bytes;
    });
    return {
      addAll: (names) =>
        doc.transact(() => {
          for (const name of names) map.set(name, true);
        }),
      add(name) {
        map.set(name, true);
        return update;
      },
      remove(name) {
        map.delete(name);
        return update;
      },
      merge: (bytes) => Y.applyUpdate(doc, bytes),
      encode: () => Y.encodeStateAsUpdate(doc),
      size: () => map.size,
    };
  };
  return {
    create: () => wrap(new Y.Doc()),
    load(bytes) {
      const doc = new Y.Doc();
      Y.applyUpdate(doc, bytes);
      return wrap(doc);
    },
  };
}

async function automerge(load: Load): Promise<SetDriver> {
  const A = await load("@automerge/automerge");
  const wrap = (start: any): BenchSet => {
    let doc = start;
    const change = (edit: (set: any) => void): Uint8Array => {
      doc = A.change(doc, (draft: any) => edit(draft.set));
      return A.getLastLocalChange(doc);
    };
    return {
      addAll: (names) =>
        void change((draft) => {
          for (const name of names) draft[name] = true;
        }),
      add: (name) =>
        change((draft) => {
          draft[name] = true;
        }),
      remove: (name) =>
        change((draft) => {
          delete draft[name];
        }),
      merge(bytes) {
        doc = A.loadIncremental(doc, bytes);
      },
      encode: () => A.save(doc),
      size: () => Object.keys(doc.set).length,
    };
  };
  // All start from one change that makes the map: two maps made apart would be two values of one key.
  const base: Uint8Array = A.save(A.from({ set: {} }, { actor: "00" }));
  const actor = (writer: string): string => Buffer.from(writer).toString("hex");
  return {
    create: (writer) => wrap(A.load(base, { actor: actor(writer) })),
    load: (bytes, writer) => wrap(A.load(bytes, { actor: actor(writer) })),
  };
}

/** By the name of the npm package. */
export const setDrivers: Readonly<Record<string, (load: Load) => Promise<SetDriver>>> = {
  "@coterie/crdt": coterie,
  yjs,
  "@automerge/automerge": automerge,
};
