import {
  type CausalContext,
  causalContext,
  type Dot,
  decodeCausalContext,
  encodeCausalContext,
  type MutableCausalContext,
  mutableCausalContext,
  type ReadonlyCausalContext,
} from "@coterie/clocks";
import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError } from "../errors.ts";
import type { Lattice } from "./lattice.ts";

/**
 * A dot store and the events it has seen (Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018,
 * section 7). A dot that the context has and the store has not was removed: so removal needs no tombstone.
 */
export interface Causal<Store> {
  store: Store;
  readonly context: MutableCausalContext;
}

/**
 * The stores that a causal type is built from: DotSet, DotFun, DotMap. Stores are joined in place; `join` returns the
 * result, which may be the first store itself, and never changes the second.
 */
export interface DotStore<Store> {
  bottom(): Store;
  isBottom(store: Store): boolean;
  join(
    store: Store,
    context: ReadonlyCausalContext,
    other: Store,
    otherContext: ReadonlyCausalContext,
  ): Store;
  /** The part of a store whose dots a context does not have. */
  unknownTo(store: Store, context: ReadonlyCausalContext): Store;
  equals(a: Store, b: Store): boolean;
  dots(store: Store): Iterable<Dot>;
  /** Adds all dots to a context. */
  addTo(store: Store, context: MutableCausalContext): void;
  /** Whether a context has all dots. */
  isIn(store: Store, context: ReadonlyCausalContext): boolean;
  write(writer: Writer, store: Store): void;
  read(reader: Reader): Store;
}

/** The lattice of a dot store with its context. */
export function causal<Store>(name: string, dots: DotStore<Store>): Lattice<Causal<Store>> {
  return {
    name,
    bottom: () => ({ store: dots.bottom(), context: mutableCausalContext() }),
    merge(state, other) {
      state.store = dots.join(state.store, state.context, other.store, other.context);
      state.context.merge(other.context);
    },
    delta(state, known) {
      // The events that are new to `known`, and those it still has and that are gone here.
      const kept = mutableCausalContext();
      dots.addTo(state.store, kept);
      const there = mutableCausalContext();
      dots.addTo(known.store, there);
      const gone = there.snapshot().intersect(state.context).subtract(kept);
      return {
        store: dots.unknownTo(state.store, known.context),
        context: state.context.snapshot().subtract(known.context).merge(gone).toMutable(),
      };
    },
    equals: (a, b) => a.context.compare(b.context) === "equal" && dots.equals(a.store, b.store),
    write(writer, state) {
      writer.block(encodeCausalContext(state.context));
      dots.write(writer, state.store);
    },
    read(reader) {
      const context = readContext(reader).toMutable();
      const store = dots.read(reader);
      if (!dots.isIn(store, context)) throw new CorruptBytesError("an entry is newer than its context");
      return { store, context };
    },
  };
}

/** Merges a delta into the state it was made from, and returns it: what every mutator ends with. */
export function apply<Store>(
  dots: DotStore<Store>,
  state: Causal<Store>,
  store: Store,
  events: Iterable<Dot>,
): Causal<Store> {
  const delta: Causal<Store> = { store, context: contextOf(events).toMutable() };
  state.store = dots.join(state.store, state.context, store, delta.context);
  state.context.merge(delta.context);
  return delta;
}

/** A delta whose context is made when it is asked for: of a million local changes most deltas are never looked at. */
export class Delta<Store> implements Causal<Store> {
  store: Store;
  readonly #events: readonly Dot[];
  #context: MutableCausalContext | undefined;

  constructor(store: Store, events: readonly Dot[]) {
    this.store = store;
    this.#events = events;
  }

  get context(): MutableCausalContext {
    this.#context ??= contextOf(this.#events).toMutable();
    return this.#context;
  }
}

function contextOf(events: Iterable<Dot>): CausalContext {
  const context = mutableCausalContext();
  for (const { id, counter } of events) context.add(id, counter);
  return context.snapshot();
}

function readContext(reader: Reader): CausalContext {
  const bytes = reader.block();
  try {
    return bytes.length === 0 ? causalContext() : decodeCausalContext(bytes);
  } catch (cause) {
    throw new CorruptBytesError("a causal context cannot be read", { cause });
  }
}
