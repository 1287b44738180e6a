import {
  type CausalContext,
  causalContext,
  type Dot,
  type MutableCausalContext,
  mutableCausalContext,
  type ReadonlyCausalContext,
  TooLargeError,
} from "@coterie/clocks";
import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, LimitExceededError } from "../errors.ts";
import { checkContext, decodeCausalContext, encodeCausalContext } from "./context.ts";
import { DotColumns } from "./dot-columns.ts";
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
  /** How many dots it has. */
  size(store: Store): number;
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
  /** Whether a context has all dots. */
  isIn(store: Store, context: ReadonlyCausalContext): boolean;
  write(writer: Writer, store: Store): void;
  read(reader: Reader): Store;
  /**
   * Reads a store that is to be joined, without making what both have alike; returns what joins it. Throws
   * CorruptBytesError, and has changed nothing. For stores that can be large.
   */
  readToJoin?(
    reader: Reader,
    store: Store,
    context: ReadonlyCausalContext,
    otherContext: ReadonlyCausalContext,
  ): () => Store;
}

/** What all causal types have besides the laws. */
export interface CausalLattice<Store> extends Lattice<Causal<Store>> {
  /**
   * What a replica lacks that has seen the events of `context` and nothing else: with `encodeCausalContext(state.context)`
   * it asks for it. All removals go along, as gaps in the numbers of events; when these are too many,
   * the whole state does. O(n) to look at every event once, but bytes and joining only for what is missing.
   */
  since(state: Causal<Store>, context: ReadonlyCausalContext): Causal<Store>;
}

/** The lattice of a dot store with its context. */
export function causal<Store>(name: string, dots: DotStore<Store>): CausalLattice<Store> {
  const readEntries = (reader: Reader, context: ReadonlyCausalContext): Store => {
    const store = dots.read(reader);
    if (!dots.isIn(store, context)) throw new CorruptBytesError("an entry is newer than its context");
    return store;
  };
  /**
   * What a context does not have. `removed` is asked for what it knows and has to hear is gone, when there is anything: of
   * the events that both know, those that are not in the store.
   */
  const lacking = (
    state: Causal<Store>,
    known: ReadonlyCausalContext,
    removed: () => CausalContext,
  ): Causal<Store> => {
    const store = dots.unknownTo(state.store, known);
    const gone = state.context.shared(known) - (dots.size(state.store) - dots.size(store));
    try {
      const events = state.context.snapshot().subtract(known);
      return { store, context: (gone === 0 ? events : events.merge(removed())).toMutable() };
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      const all = dots.unknownTo(state.store, causalContext());
      return { store: all, context: state.context.snapshot().toMutable() };
    }
  };
  return {
    name,
    bottom: () => ({ store: dots.bottom(), context: mutableCausalContext() }),
    merge(state, other) {
      checkContext(other?.context);
      const { store, context } = other;
      const known = state.context.snapshot();
      mergeContext(state, context);
      state.store = dots.join(state.store, known, store, context);
    },
    readToMerge(state, reader) {
      const context = readContext(reader);
      const known = state.context.snapshot();
      let join: () => Store;
      if (dots.readToJoin !== undefined) join = dots.readToJoin(reader, state.store, known, context);
      else {
        const other = readEntries(reader, context);
        join = () => dots.join(state.store, known, other, context);
      }
      return () => {
        mergeContext(state, context);
        state.store = join();
      };
    },
    since(state, context) {
      checkContext(context);
      return lacking(state, context, () => {
        const both = state.context.snapshot().intersect(context);
        return new DotColumns(dots.dots(state.store)).missingFrom(both);
      });
    },
    delta: (state, known) => lacking(state, known.context, () => removedSince(dots, state, known)),
    equals: (a, b) => a.context.compare(b.context) === "equal" && dots.equals(a.store, b.store),
    write(writer, state) {
      writer.block(encodeCausalContext(state.context));
      dots.write(writer, state.store);
    },
    read(reader) {
      const context = readContext(reader).toMutable();
      return { store: readEntries(reader, context), context };
    },
  };
}

/** Comes before the store is joined: it is the one that can be refused, and then nothing has changed. */
function mergeContext(state: Causal<unknown>, context: ReadonlyCausalContext): void {
  try {
    state.context.merge(context);
  } catch (cause) {
    if (!(cause instanceof TooLargeError)) throw cause;
    throw new LimitExceededError("What was seen would be in too many pieces: fetch what is missing.", {
      cause,
    });
  }
}

/** The events that `known` still has in its store, and that are gone from the state. */
function removedSince<Store>(
  dots: DotStore<Store>,
  state: Causal<Store>,
  known: Causal<Store>,
): CausalContext {
  const here = new DotColumns(dots.dots(state.store));
  const removed = mutableCausalContext();
  for (const dot of dots.dots(known.store))
    if (state.context.has(dot.id, dot.counter) && !here.hasAny([dot])) removed.add(dot.id, dot.counter);
  return removed.snapshot();
}

/**
 * Gives a state another store, after the events that led to it: its new ones and those that it has no more. Returns the
 * delta: what every mutator ends with. `delta` is the part of the store that these events are about.
 */
export function replace<Store>(
  state: Causal<Store>,
  store: Store,
  events: readonly Dot[],
  delta: Store = store,
): Causal<Store> {
  state.store = store;
  for (const { id, counter } of events) state.context.add(id, counter);
  return new Delta(delta, events);
}

/** Merges a delta of these events into the state it was made from, and returns it. */
export function apply<Store>(
  dots: DotStore<Store>,
  state: Causal<Store>,
  store: Store,
  events: readonly Dot[],
): Causal<Store> {
  const delta = new Delta(store, events);
  return replace(state, dots.join(state.store, state.context, store, delta.context), events, store);
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

  get events(): Iterable<Dot> {
    return this.#context === undefined ? this.#events : this.#context.dots();
  }

  get context(): MutableCausalContext {
    if (this.#context === undefined) {
      this.#context = mutableCausalContext();
      for (const { id, counter } of this.#events) this.#context.add(id, counter);
    }
    return this.#context;
  }
}

/** The events of a delta, without making a context for them. */
export function eventsOf(delta: Causal<unknown>): Iterable<Dot> {
  return delta instanceof Delta ? delta.events : delta.context.dots();
}

function readContext(reader: Reader): CausalContext {
  const bytes = reader.block();
  return bytes.length === 0 ? causalContext() : decodeCausalContext(bytes);
}
