import { InvalidArgumentError } from "../../errors.ts";
import { apply } from "../../kernel/causal.ts";
import { type MovableTree, movableTree } from "../../tree/movable-tree.ts";
import { MoveLog, treeRoot } from "../../tree/move-log.ts";
import type { Cell, Leaf } from "./leaf.ts";

/** A node of a tree with all that is below it. The root's name is "". */
export interface TreeNode {
  readonly node: string;
  readonly children: readonly TreeNode[];
}

export interface TreeView {
  /**
   * Makes a node under a parent, or moves it there. A parent that nobody has made yet is allowed: the node is not shown until
   * it is made. Throws InvalidArgumentError when that would make a cycle.
   */
  move(node: string, parent?: string): void;
  /** Removes a node with all that is below it; does nothing when it is not there. */
  remove(node: string): void;
  has(node: string): boolean;
  parentOf(node: string): string | undefined;
  children(node?: string): string[];
}

/**
 * A tree, whose times are those of the document: later than the number of operations that its writer had seen. So of a
 * version the number of its operations tells which moves can be forgotten.
 */
export const treeLeaf: Leaf<TreeView, TreeNode> = {
  type: movableTree,
  dots: movableTree.dots,
  value(state: MovableTree) {
    interface Growing extends TreeNode {
      readonly children: Growing[];
    }
    const root: Growing = { node: treeRoot, children: [] };
    const open = [root];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const node of movableTree.children(state, at.node)) {
        const child = { node, children: [] };
        at.children.push(child);
        open.push(child);
      }
    return root;
  },
  isEmpty: (state: MovableTree) => movableTree.children(state, treeRoot).length === 0,
  restore(view, value) {
    const open = [value];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const child of at.children) {
        view.move(child.node, at.node);
        open.push(child);
      }
  },
  view(cell: Cell<MovableTree>) {
    const { replica } = cell;
    const put = (node: string, parent: string | undefined): void => {
      const before = movableTree.parentOf(cell.state, node);
      const time = cell.operations + 1;
      cell.change(
        (state) =>
          parent === undefined
            ? movableTree.remove(state, replica, node, time)
            : movableTree.move(state, replica, node, parent, time),
        () => {
          const stands = movableTree.parentOf(cell.state, node) === parent;
          const fits = before === undefined || !cell.state.store.places.isBelow(before, node);
          if (stands && fits) put(node, before);
        },
      );
    };
    return {
      move: (node, parent = treeRoot) => put(node, parent),
      remove(node) {
        if (node === treeRoot)
          throw new InvalidArgumentError("The root does not move: name a node of the tree.");
        if (movableTree.parentOf(cell.state, node) !== undefined) put(node, undefined);
      },
      has: (node) => movableTree.has(cell.state, node),
      parentOf: (node) => movableTree.parentOf(cell.state, node),
      children: (node = treeRoot) => movableTree.children(cell.state, node),
    };
  },
  forget(state: MovableTree, upTo) {
    const { dots } = movableTree;
    apply(dots, state, new MoveLog(), state.store.idle(upTo));
  },
};
