// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import { decodeCausalContext, encodeCausalContext } from "@coterie/clocks";
import {
  decode,
  encode,
  integer,
  type Lattice,
  type LWWMap,
  lwwMap,
  mergeEncoded,
  type ORSet,
  orSet,
  text,
} from "@coterie/crdt";
import type { Load } from "./drivers/driver.ts";
import { lastUpdate, loadedYjs } from "./drivers/yjs-document.ts";

/** A set of names, or a map from names to numbers; a map with names for keys is the nearest that most libraries have. */
export type Kind = "set" | "map";

export interface BenchSet {
  /** Adds all, as one change. */
  addAll(names: readonly string[]): void;
  /** Adds one; returns the bytes that tell others. */
  add(name: string): Uint8Array;
  /** Removes one; returns the bytes that tell others. */
  remove(name: string): Uint8Array;
  /** Applies what another's `add`, `remove`, `missing` or `encode` returned. */
  merge(bytes: Uint8Array): void;
  encode(): Uint8Array;
  size(): number;
  /** What tells others what is known here, and what one lacks who told so; undefined where there is no such thing. */
  readonly asks: Asks | undefined;
}

export interface Asks {
  version(): Uint8Array;
  missing(version: Uint8Array): Uint8Array;
}

export interface SetDriver {
  create(writer: string): BenchSet;
  load(bytes: Uint8Array, writer: string): BenchSet;
}

const set = orSet(text);
const map = lwwMap(text, integer);

/** What the state of either type is changed by. */
interface Changes<State> {
  readonly type: Lattice<State>;
  add(state: State, writer: string, name: string): State;
  remove(state: State, writer: string, name: string): State;
  size(state: State): number;
  asks(state: State): Asks | undefined;
}

const setChanges: Changes<ORSet<string>> = {
  type: set,
  add: (state, writer, name) => set.add(state, writer, name),
  remove: (state, _, name) => set.remove(state, name),
  size: (state) => state.store.size,
  asks: (state) => ({
    version: () => encodeCausalContext(state.context),
    missing: (version) => encode(set, set.since(state, decodeCausalContext(version))),
  }),
};

const mapChanges: Changes<LWWMap<string, number>> = {
  type: map,
  add: (state, writer, name) => map.set(state, writer, name, name.length, 1),
  remove: (state, writer, name) => map.remove(state, writer, name, 2),
  size(state) {
    let size = 0;
    for (const { value } of state.values()) if (value !== undefined) size++;
    return size;
  },
  asks: () => undefined,
};

function ours<State>({ type, add, remove, size, asks }: Changes<State>): SetDriver {
  const wrap = (state: State, writer: string): BenchSet => ({
    addAll(names) {
      for (const name of names) add(state, writer, name);
    },
    add: (name) => encode(type, add(state, writer, name)),
    remove: (name) => encode(type, remove(state, writer, name)),
    merge: (bytes) => mergeEncoded(type, state, bytes),
    encode: () => encode(type, state),
    size: () => size(state),
    asks: asks(state),
  });
  return {
    create: (writer) => wrap(type.bottom(), writer),
    load: (bytes, writer) => wrap(decode(type, bytes), writer),
  };
}

async function yjs(load: Load, kind: Kind): Promise<SetDriver> {
  const Y = await load("yjs");
  const under = (name: string): unknown => (kind === "set" ? true : name.length);
  const wrap = (doc: any): BenchSet => {
    const map = doc.getMap("set");
    const update = lastUpdate(doc);
    return {
      addAll: (names) =>
        doc.transact(() => {
          for (const name of names) map.set(name, under(name));
        }),
      add(name) {
        map.set(name, under(name));
        return update();
      },
      remove(name) {
        map.delete(name);
        return update();
      },
      merge: (bytes) => Y.applyUpdate(doc, bytes),
      encode: () => Y.encodeStateAsUpdate(doc),
      size: () => map.size,
      asks: {
        version: () => Y.encodeStateVector(doc),
        missing: (version) => Y.encodeStateAsUpdate(doc, version),
      },
    };
  };
  return {
    create: () => wrap(new Y.Doc()),
    load: (bytes) => wrap(loadedYjs(Y, bytes)),
  };
}

async function automerge(load: Load, kind: Kind): Promise<SetDriver> {
  const A = await load("@automerge/automerge");
  const under = (name: string): unknown => (kind === "set" ? true : name.length);
  const wrap = (start: any): BenchSet => {
    let doc = start;
    const change = (edit: (set: any) => void): Uint8Array => {
      doc = A.change(doc, (draft: any) => edit(draft.set));
      return A.getLastLocalChange(doc);
    };
    return {
      addAll: (names) =>
        void change((draft) => {
          for (const name of names) draft[name] = under(name);
        }),
      add: (name) =>
        change((draft) => {
          draft[name] = under(name);
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
      asks: {
        version: () => Buffer.from(JSON.stringify(A.getHeads(doc))),
        missing: (version) => A.saveSince(doc, JSON.parse(Buffer.from(version).toString())),
      },
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
export const setDrivers: Readonly<Record<string, (load: Load, kind: Kind) => Promise<SetDriver>>> = {
  "@coterie/crdt": async (_, kind) => (kind === "set" ? ours(setChanges) : ours(mapChanges)),
  yjs,
  "@automerge/automerge": automerge,
};
