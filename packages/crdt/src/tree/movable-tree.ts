import { told } from "../arguments.ts";
import { InvalidArgumentError } from "../errors.ts";
import { apply, type Causal, causal, replace } from "../kernel/causal.ts";
import { nextDot } from "../kernel/context.ts";
import type { CausalType } from "../kernel/nested.ts";
import { stampAfter } from "../registers/lww-register.ts";
import { type Move, MoveLog, treeRoot } from "./move-log.ts";
import { moves } from "./moves.ts";

/** All moves that count, and the tree that they make. */
export type MovableTree = Causal<MoveLog>;

export interface MovableTreeType extends CausalType<MoveLog> {
  /**
   * Makes a node under a parent, or moves it there with all that is below it; returns the delta. The root is "". A parent
   * that nobody has made yet, or that was removed, is allowed: the node is not shown until it is made. The move is later than all that were seen here, and not earlier than `time` (default 0, at most 2^52 - 2^32). Throws
   * InvalidArgumentError when the parent is the node itself or below it.
   */
  move(state: MovableTree, replica: string, node: string, parent: string, time?: number): MovableTree;
  /**
   * Removes a node with all that is below it; a concurrent, later move of it or out of it saves what was moved. What is not
   * there is not removed: nothing changes, and the delta is empty. Throws InvalidArgumentError for the root.
   */
  remove(state: MovableTree, replica: string, node: string, time?: number): MovableTree;
  /**
   * Forgets how the tree came to be up to a time, and what was removed until then; returns the delta. Each node then has
   * one move; one that was removed can be made anew, alone. The latest move of all stays in any case.
   *
   * Right for a time until which all replicas have all moves, and after which all that will ever be made are. Until when a
   * replica has all is the lowest `time` among the states that it merged from each of the others, its own included; tell
   * each other that, and take the lowest. Earlier it is safe, in that replicas still agree, but what arrives later may be
   * judged without what was forgotten.
   */
  forget(state: MovableTree, upTo: number): MovableTree;
  /** The latest time of a move that was seen here; 0 without any. */
  time(state: MovableTree): number;
  /** The moves that are kept, in their order. */
  moves(state: MovableTree): Move[];
  /** Whether a node hangs, over however many others, on the root. */
  has(state: MovableTree, node: string): boolean;
  parentOf(state: MovableTree, node: string): string | undefined;
  /** The nodes right below one, in the order of their names. */
  children(state: MovableTree, node: string): string[];
}

/**
 * A tree whose nodes move, without cycles and without a node in two places, ever (Kleppmann et al., "A highly-available
 * move operation for replicated trees", 2021): folders, outlines, scenes. All replicas apply all moves in the order of
 * their Lamport stamps; one that comes late is put in by taking the later ones back, applying it, and applying them again.
 *
 * A move costs O(depth); merging costs what is taken back and applied again.
 */
export const movableTree: MovableTreeType = {
  // The number is that of the encoding: the first one had no dots.
  ...causal("movable-tree-2", moves),
  dots: moves,
  move(state, replica, node, parent, time = 0) {
    checkName(parent);
    if (state.store.places.isBelow(parent, node))
      throw new InvalidArgumentError(
        `${JSON.stringify(node)} cannot move below itself: move ${JSON.stringify(parent)} out of it first.`,
      );
    return put(state, replica, node, parent, time);
  },
  remove(state, replica, node, time = 0) {
    checkNode(node);
    if (state.store.places.parentOf(node) === undefined)
      return replace(state, state.store, [], new MoveLog());
    return put(state, replica, node, undefined, time);
  },
  forget(state, upTo) {
    if (!Number.isSafeInteger(upTo) || upTo < 0)
      throw new InvalidArgumentError(`A time is a whole number from 0 on, not ${upTo}.`);
    // The latest move stays, idle or not, so that whatever is made next is later.
    const idle = state.store.idle(upTo).filter(({ time }) => time < state.store.time);
    return apply(moves, state, new MoveLog(), idle);
  },
  time: (state) => state.store.time,
  moves: (state) =>
    [...state.store].map(({ id, counter, time, node, parent }) => ({ id, counter, time, node, parent })),
  has: (state, node) => state.store.places.isBelow(node, treeRoot),
  parentOf: (state, node) => state.store.places.parentOf(node),
  children: (state, node) => state.store.places.children(node),
};

function put(
  state: MovableTree,
  replica: string,
  node: string,
  parent: string | undefined,
  earliest: number,
): MovableTree {
  checkNode(node);
  const { time } = stampAfter({ time: state.store.time, replica }, replica, earliest);
  const dot = nextDot(state.context, replica);
  return apply(moves, state, new MoveLog([{ ...dot, time, node, parent }]), [dot]);
}

function checkNode(node: string): void {
  checkName(node);
  if (node === treeRoot) throw new InvalidArgumentError("The root does not move: name a node of the tree.");
}

function checkName(node: string): void {
  if (typeof node !== "string" || !node.isWellFormed())
    throw new InvalidArgumentError(`The name of a node is well-formed text, not ${told(node)}.`);
}
