import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { isNewer, readStamp, type Stamp, writeStamp } from "../registers/lww-register.ts";
import { Places } from "./places.ts";

/** A node was put under a parent: made, moved, or, without a parent, removed. */
export interface Move extends Stamp {
  readonly node: string;
  readonly parent: string | undefined;
}

interface Applied extends Move {
  /** Where the node was before, to take the move back. */
  before: { readonly parent: string | undefined } | undefined;
  /** A move that would have made a cycle does nothing. */
  done: boolean;
}

/** All moves in the order of their stamps, and the tree that they make. */
export interface MovableTree {
  readonly log: Applied[];
  readonly places: Places;
}

export interface MovableTreeType extends Lattice<MovableTree> {
  /**
   * Makes a node under a parent, or moves it there with all that is below it; returns the delta. The root is "". Throws
   * InvalidArgumentError when the parent is the node itself or below it.
   */
  move(state: MovableTree, replica: string, node: string, parent: string): MovableTree;
  /** Removes a node with all that is below it; a concurrent, later move of it or out of it saves what was moved. */
  remove(state: MovableTree, replica: string, node: string): MovableTree;
  /** Whether a node hangs, over however many others, on the root. */
  has(state: MovableTree, node: string): boolean;
  parentOf(state: MovableTree, node: string): string | undefined;
  /** The nodes right below one, in the order of their names. */
  children(state: MovableTree, node: string): string[];
}

/** The root, which is always there. */
export const treeRoot = "";

/**
 * A tree whose nodes move, without cycles and without a node in two places, ever (Kleppmann et al., "A highly-available
 * move operation for replicated trees", 2021): folders, outlines, scenes. All replicas apply all moves in the order of
 * their Lamport stamps; one that comes late is put in by taking the later ones back, applying it, and applying them again.
 *
 * Merging costs what is taken back and applied again. The log is kept for ever.
 */
export const movableTree: MovableTreeType = {
  name: "movable-tree",
  bottom: () => ({ log: [], places: new Places() }),
  merge: (state, other) => insert(state, other.log),
  delta(state, known) {
    const stamps = new Set(known.log.map(stampKey));
    return treeOf(state.log.filter((move) => !stamps.has(stampKey(move))));
  },
  equals: (a, b) =>
    a.log.length === b.log.length && a.log.every((move, at) => compareStamps(move, b.log[at]!) === 0),
  write(writer, { log }) {
    writer.uint(log.length);
    for (const move of log) writeMove(writer, move);
  },
  read(reader) {
    const log: Move[] = [];
    for (let left = reader.count(4); left > 0; left--) {
      const move = readMove(reader);
      if (log.length > 0 && compareStamps(log[log.length - 1]!, move) >= 0)
        throw new CorruptBytesError("moves are not in order");
      log.push(move);
    }
    return treeOf(log);
  },
  move(state, replica, node, parent) {
    if (node === treeRoot) throw new InvalidArgumentError("The root does not move.");
    if (!node.isWellFormed() || !parent.isWellFormed())
      throw new InvalidArgumentError("The name of a node must be well-formed text.");
    if (state.places.isBelow(parent, node))
      throw new InvalidArgumentError(`${JSON.stringify(node)} cannot move below itself.`);
    return put(state, replica, node, parent);
  },
  remove(state, replica, node) {
    if (!state.places.has(node)) throw new InvalidArgumentError(`There is no node ${JSON.stringify(node)}.`);
    return put(state, replica, node, undefined);
  },
  has: (state, node) => state.places.isBelow(node, treeRoot),
  parentOf: (state, node) => state.places.parentOf(node),
  children: (state, node) => state.places.children(node),
};

function put(state: MovableTree, replica: string, node: string, parent: string | undefined): MovableTree {
  const time = (state.log[state.log.length - 1]?.time ?? 0) + 1;
  const made = treeOf([{ time, replica, node, parent }]);
  insert(state, made.log);
  return made;
}

function treeOf(moves: readonly Move[]): MovableTree {
  const state: MovableTree = { log: [], places: new Places() };
  insert(state, moves);
  return state;
}

/** Puts moves, sorted by stamp, where they belong in the log. */
function insert({ log, places }: MovableTree, moves: readonly Move[]): void {
  const known = new Set(log.map(stampKey));
  const fresh = moves.filter((move) => !known.has(stampKey(move)));
  const first = fresh[0];
  if (first === undefined) return;
  const later: Move[] = [];
  while (log.length > 0 && compareStamps(log[log.length - 1]!, first) > 0) {
    const move = log.pop()!;
    takeBack(places, move);
    later.push(move);
  }
  for (const move of [...later, ...fresh].sort(compareStamps)) log.push(applied(places, move));
}

function applied(places: Places, { time, replica, node, parent }: Move): Applied {
  const before = places.has(node) ? { parent: places.parentOf(node) } : undefined;
  const done = parent === undefined || !places.isBelow(parent, node);
  if (done) places.put(node, parent);
  return { time, replica, node, parent, before, done };
}

function takeBack(places: Places, { node, before, done }: Applied): void {
  if (!done) return;
  if (before === undefined) places.delete(node);
  else places.put(node, before.parent);
}

function compareStamps(a: Stamp, b: Stamp): number {
  return isNewer(a, b) ? 1 : isNewer(b, a) ? -1 : 0;
}

function stampKey({ time, replica }: Stamp): string {
  return `${time} ${replica}`;
}

function writeMove(writer: Writer, move: Move): void {
  writeStamp(writer, move);
  writer.text(move.node);
  writer.byte(move.parent === undefined ? 0 : 1);
  if (move.parent !== undefined) writer.text(move.parent);
}

function readMove(reader: Reader): Move {
  const stamp = readStamp(reader);
  const node = reader.text();
  if (node === treeRoot) throw new CorruptBytesError("the root does not move");
  const hasParent = reader.byte();
  if (hasParent > 1) throw new CorruptBytesError("a parent is neither there nor not");
  return { ...stamp, node, parent: hasParent === 1 ? reader.text() : undefined };
}
