import type { Dot } from "@coterie/clocks";
import { Places } from "./places.ts";

/** The root, which is always there. */
export const treeRoot = "";

/** A node was put under a parent: made, moved, or, without a parent, removed. The dot names the event and its writer. */
export interface Move extends Dot {
  /** Later than that of every move its writer had seen. */
  readonly time: number;
  readonly node: string;
  readonly parent: string | undefined;
}

interface Applied extends Move {
  /** Where the node was before, to take the move back. */
  readonly before: { readonly parent: string | undefined } | undefined;
  /** A move that would have made a cycle does nothing. */
  readonly done: boolean;
}

/** Moves in the order of their times, and the tree that they make. */
export class MoveLog implements Iterable<Move> {
  readonly places: Places = new Places();
  readonly #moves: Applied[] = [];

  /** `moves` are in order. */
  constructor(moves: Iterable<Move> = []) {
    for (const move of moves) this.#append(move);
  }

  get size(): number {
    return this.#moves.length;
  }

  /** The latest time of a move; 0 without any. */
  get time(): number {
    return this.#moves[this.#moves.length - 1]?.time ?? 0;
  }

  [Symbol.iterator](): Iterator<Move> {
    return this.#moves[Symbol.iterator]();
  }

  has(move: Move): boolean {
    const found = this.#moves[this.#indexOf(move)];
    return found !== undefined && compareMoves(found, move) === 0;
  }

  /** Puts moves that are in order where they belong; those that come after them are taken back and applied again. */
  insert(moves: readonly Move[]): void {
    const first = moves[0];
    if (first === undefined) return;
    const later = this.#takeBack(this.#indexOf(first));
    for (const move of later.length === 0 ? moves : [...later, ...moves].sort(compareMoves))
      this.#append(move);
  }

  /** Drops moves as if they had never been. */
  drop(isGone: (move: Move) => boolean): void {
    const first = this.#moves.findIndex(isGone);
    if (first < 0) return;
    for (const move of this.#takeBack(first)) if (!isGone(move)) this.#append(move);
  }

  /**
   * The moves up to a time that the tree of that time stands without: of all others, each put a node where it then hangs
   * on the root. So those others, in any order, make the same tree: no subset of a tree's edges has a cycle.
   */
  idle(upTo: number): Move[] {
    const end = this.#moves.findIndex(({ time }) => time > upTo);
    const later = end < 0 ? [] : this.#takeBack(end);
    const last = new Map<string, Move>();
    for (const move of this.#moves) if (move.done) last.set(move.node, move);
    const idle = this.#moves.filter(
      (move) => last.get(move.node) !== move || !this.places.isBelow(move.node, treeRoot),
    );
    for (const move of later) this.#append(move);
    return idle;
  }

  /** Where a move stands, or would. */
  #indexOf(move: Move): number {
    let low = 0;
    let high = this.#moves.length;
    // Most moves come last.
    if (high > 0 && compareMoves(this.#moves[high - 1]!, move) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareMoves(this.#moves[middle]!, move) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #append({ id, counter, time, node, parent }: Move): void {
    const { places } = this;
    const before = places.has(node) ? { parent: places.parentOf(node) } : undefined;
    const done = parent === undefined || !places.isBelow(parent, node);
    if (done) places.put(node, parent);
    this.#moves.push({ id, counter, time, node, parent, before, done });
  }

  /** Takes back all moves from an index on; returns them, in order. */
  #takeBack(index: number): Move[] {
    const later = this.#moves.splice(index);
    for (const { node, before, done } of later.toReversed()) {
      if (!done) continue;
      if (before === undefined) this.places.delete(node);
      else this.places.put(node, before.parent);
    }
    return later;
  }
}

/** The one order in which all replicas apply moves: by time, then by writer. */
export function compareMoves(a: Move, b: Move): number {
  if (a.time !== b.time) return a.time - b.time;
  return a.id === b.id ? a.counter - b.counter : a.id < b.id ? -1 : 1;
}
