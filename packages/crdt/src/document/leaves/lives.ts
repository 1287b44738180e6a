import type { Dot } from "@coterie/clocks";
import { CorruptBytesError } from "../../errors.ts";
import { type Causal, causal, Delta, type DotStore } from "../../kernel/causal.ts";
import { compareDots, readDot, writeDot } from "../../kernel/dot-set.ts";
import { copy, type Lattice } from "../../kernel/lattice.ts";
import type { CausalType } from "../../kernel/nested.ts";

/** The state of a lattice from the event that began it to the one that ends it. */
export interface Life<State> extends Dot {
  readonly state: State;
}

/** Lives in the order of their dots: one, or several that were begun concurrently. */
export type Lives<State> = readonly Life<State>[];

/**
 * A lattice that cannot take anything back, made one that can be reset: its states stand under the dots of the events that
 * began them, and those of one dot are joined (Almeida et al. 2018, section 7.1: a DotFun whose values are a lattice). A
 * reset ends the lives it has seen, with all that is done in them concurrently; what comes later begins a new one.
 */
export function lives<State>(type: Lattice<State>): CausalType<Lives<State>> {
  const dots = livesOf(type);
  const plain = causal(`lives of ${type.name}`, dots);
  return {
    ...plain,
    dots,
    delta(state, known) {
      const delta = plain.delta(state, known);
      const grown = state.store.flatMap((life) => {
        const before = find(known.store, life);
        if (before === undefined) return [];
        const more = type.delta(life.state, before.state);
        return type.equals(more, type.bottom()) ? [] : [{ ...life, state: more }];
      });
      for (const { id, counter } of grown) delta.context.add(id, counter);
      return { store: [...delta.store, ...grown].sort(compareDots), context: delta.context };
    },
    // A life grows without another event: no context tells how much of it is known.
    since: (state) => copy(plain, state),
  };
}

/** Changes the first life, or begins one; returns the delta. */
export function live<State>(
  type: Lattice<State>,
  state: Causal<Lives<State>>,
  replica: string,
  change: (state: State) => State,
): Causal<Lives<State>> {
  const first = state.store[0] ?? { ...state.context.next(replica), state: type.bottom() };
  const delta = change(first.state);
  if (state.store.length === 0) {
    state.store = [first];
    state.context.add(first.id, first.counter);
  }
  return changed([{ ...first, state: delta }]);
}

/** The delta of changes within lives. */
export function changed<State>(store: Lives<State>): Causal<Lives<State>> {
  return new Delta(store, store);
}

function find<State>(store: Lives<State>, dot: Dot): Life<State> | undefined {
  return store.find((life) => compareDots(life, dot) === 0);
}

function livesOf<State>(type: Lattice<State>): DotStore<Lives<State>> {
  return {
    bottom: () => [],
    isBottom: (store) => store.length === 0,
    size: (store) => store.length,
    join(store, context, other, otherContext) {
      const kept = store.filter((life) => {
        const theirs = find(other, life);
        if (theirs !== undefined) type.merge(life.state, theirs.state);
        return theirs !== undefined || !otherContext.has(life.id, life.counter);
      });
      const fresh = other.filter(({ id, counter }) => !context.has(id, counter));
      if (fresh.length === 0) return kept;
      // Lives change in place, so each replica needs its own.
      return [...kept, ...fresh.map((life) => ({ ...life, state: copy(type, life.state) }))].sort(
        compareDots,
      );
    },
    unknownTo: (store, context) => store.filter(({ id, counter }) => !context.has(id, counter)),
    equals: (a, b) =>
      a.length === b.length &&
      a.every((life, at) => compareDots(life, b[at]!) === 0 && type.equals(life.state, b[at]!.state)),
    dots: (store) => store,
    isIn: (store, context) => store.every(({ id, counter }) => context.has(id, counter)),
    write(writer, store) {
      writer.uint(store.length);
      for (const life of store) {
        writeDot(writer, life);
        type.write(writer, life.state);
      }
    },
    read(reader) {
      const store: Life<State>[] = [];
      for (let left = reader.count(3); left > 0; left--) {
        const life = { ...readDot(reader), state: type.read(reader) };
        if (store.length > 0 && compareDots(store[store.length - 1]!, life) >= 0)
          throw new CorruptBytesError("dots are not in order");
        store.push(life);
      }
      return store;
    },
  };
}
