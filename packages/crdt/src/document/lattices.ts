import {
  type CausalContext,
  type Dot,
  decodeCausalContext,
  encodeCausalContext,
  type MutableCausalContext,
  mutableCausalContext,
  type ReadonlyCausalContext,
} from "@coterie/clocks";
import type { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError } from "../errors.ts";
import { type Causal, Delta, eventsOf } from "../kernel/causal.ts";
import { text, writeEntries } from "../kernel/codec.ts";
import { readDot, writeDot } from "../kernel/dot-set.ts";
import type { Leaf } from "./leaves/leaf.ts";
import { partAt, pathOf } from "./paths.ts";
import type { LeafSchema, Schema } from "./schema.ts";

type AnyLeaf = Leaf<unknown, unknown>;

const LEAVES_MAX = 65_536;

/** The deltas of one change, by the key of the part. */
export type Deltas = Map<string, Causal<unknown>>;

/** The whole state of the lattices as somebody else has it. */
export interface ForeignLattices {
  readonly context: CausalContext;
  /** By key the stores. */
  readonly states: Map<string, unknown>;
}

/**
 * The flags, counters, registers, sets and trees of a document, by the keys of their paths. They share one context, which
 * is what makes a removed and remade key begin anew (Almeida et al. 2018, section 7.4).
 */
export class Lattices {
  readonly #root: Schema;
  readonly #states = new Map<string, Causal<unknown>>();
  /** What was looked up in the schema before. */
  readonly #leaves = new Map<string, AnyLeaf>();
  readonly context: MutableCausalContext = mutableCausalContext();

  constructor(root: Schema) {
    this.#root = root;
  }

  leafOf(key: string): AnyLeaf {
    const known = this.#leaves.get(key);
    if (known !== undefined) return known;
    const schema = partAt(this.#root, pathOf(this.#root, key));
    if (!("leaf" in schema)) throw new CorruptBytesError("a text or list is written as a lattice");
    const { leaf } = schema as LeafSchema<string, unknown, unknown>;
    this.#remember(key, leaf);
    return leaf;
  }

  #remember(key: string, leaf: AnyLeaf): void {
    if (this.#leaves.size >= LEAVES_MAX) this.#leaves.clear();
    this.#leaves.set(key, leaf);
  }

  /** The state at a key, to read or to change. */
  open(key: string, leaf: AnyLeaf): Causal<unknown> {
    let state = this.#states.get(key);
    if (state === undefined) {
      state = this.#causal(leaf.dots.bottom());
      this.#states.set(key, state);
      this.#remember(key, leaf);
    }
    return state;
  }

  /** What stands at a key, as plain data. */
  value(key: string): unknown {
    const leaf = this.leafOf(key);
    return leaf.value(this.open(key, leaf));
  }

  /** Whether nothing stands at a key; then nothing of it is kept either. */
  isBottom(key: string, leaf: AnyLeaf): boolean {
    const state = this.#states.get(key);
    if (state === undefined) return true;
    const empty = leaf.dots.isBottom(state.store);
    if (empty) this.#states.delete(key);
    return empty;
  }

  /** Whether nothing is seen at a key. */
  isEmpty(key: string, leaf: AnyLeaf): boolean {
    return this.isBottom(key, leaf) || leaf.isEmpty?.(this.#states.get(key)) === true;
  }

  apply(deltas: Deltas): void {
    for (const [key, delta] of deltas) {
      const leaf = this.leafOf(key);
      const state = this.open(key, leaf);
      state.store = leaf.dots.join(state.store, this.context, delta.store, delta.context);
      for (const { id, counter } of eventsOf(delta)) this.context.add(id, counter);
      this.isBottom(key, leaf);
    }
  }

  /** Joins a whole state; returns the keys that it may have changed. */
  merge(other: ForeignLattices): string[] {
    const keys = [...new Set([...this.#states.keys(), ...other.states.keys()])];
    const theirs = other.context.toMutable();
    for (const key of keys) {
      const leaf = this.leafOf(key);
      const state = this.open(key, leaf);
      const store = other.states.has(key) ? other.states.get(key) : leaf.dots.bottom();
      state.store = leaf.dots.join(state.store, this.context, store, theirs);
    }
    this.context.merge(theirs);
    for (const key of keys) this.isBottom(key, this.leafOf(key));
    return keys;
  }

  /** The keys at which something stands. */
  keys(): string[] {
    return [...this.#states.keys()].filter((key) => !this.isBottom(key, this.leafOf(key)));
  }

  write(writer: Writer): void {
    writer.block(encodeCausalContext(this.context));
    const keys = new Map(this.keys().map((key) => [key, key]));
    writeEntries(writer, keys, text, (key) => this.#writeState(writer, key));
  }

  /** Forgets what no change can need that is made by replicas which had seen so many operations of the document. */
  forget(operations: number): void {
    for (const [key, state] of [...this.#states]) {
      const leaf = this.leafOf(key);
      leaf.forget?.(state, operations);
      this.isBottom(key, leaf);
    }
  }

  encoded(): Uint8Array {
    const writer = new Writer();
    this.write(writer);
    return writer.bytes();
  }

  read(reader: Reader): ForeignLattices {
    const context = readContext(reader.block());
    return { context, states: readByKey(reader, (key) => this.#readState(reader, key, context)) };
  }

  writeDeltas(deltas: Deltas): Uint8Array {
    const writer = new Writer();
    const keys = new Map([...deltas.keys()].map((key) => [key, key]));
    writeEntries(writer, keys, text, (key) => {
      const delta = deltas.get(key)!;
      // A few events, one by one: for most of them a context says it at greater length.
      const events = [...eventsOf(delta)];
      writer.uint(events.length);
      for (const dot of events) writeDot(writer, dot);
      this.leafOf(key).dots.write(writer, delta.store);
    });
    return writer.bytes();
  }

  readDeltas(reader: Reader): Deltas {
    return readByKey(reader, (key) => {
      const events: Dot[] = [];
      for (let left = reader.count(3); left > 0; left--) events.push(readDot(reader));
      const { dots } = this.leafOf(key);
      const delta = new Delta(dots.read(reader), events);
      if (!dots.isIn(delta.store, contextOf(delta)))
        throw new CorruptBytesError("an entry is not of the events of its change");
      return delta;
    });
  }

  #causal(store: unknown): Causal<unknown> {
    return { store, context: this.context };
  }

  #writeState(writer: Writer, key: string): void {
    this.leafOf(key).dots.write(writer, this.#states.get(key)!.store);
  }

  #readState(reader: Reader, key: string, context: CausalContext): unknown {
    const leaf = this.leafOf(key);
    const store = leaf.dots.read(reader);
    if (leaf.dots.isBottom(store)) throw new CorruptBytesError(`nothing stands at ${key}`);
    for (const { id, counter } of leaf.dots.dots(store))
      if (!context.has(id, counter)) throw new CorruptBytesError("an entry is newer than its context");
    return store;
  }
}

/** Reads what belongs to keys, which must be in order, to the end of the bytes. */
function readByKey<T>(reader: Reader, read: (key: string) => T): Map<string, T> {
  const entries = new Map<string, T>();
  let before: string | undefined;
  for (let left = reader.count(2); left > 0; left--) {
    const key = reader.text();
    if (before !== undefined && before >= key) throw new CorruptBytesError("keys are not in order");
    before = key;
    entries.set(key, read(key));
  }
  reader.finish();
  return entries;
}

/** Throws when an event is none that there can be. */
function contextOf(delta: Causal<unknown>): ReadonlyCausalContext {
  try {
    return delta.context;
  } catch (cause) {
    throw new CorruptBytesError("an event cannot be", { cause });
  }
}

function readContext(bytes: Uint8Array): CausalContext {
  try {
    return decodeCausalContext(bytes);
  } catch (cause) {
    throw new CorruptBytesError("a causal context cannot be read", { cause });
  }
}
