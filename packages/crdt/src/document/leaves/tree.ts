import { InvalidArgumentError } from "../../errors.ts";
import { type MovableTree, movableTree, treeRoot } from "../../tree/movable-tree.ts";
import type { Cell, Leaf } from "./leaf.ts";

/** A node of a tree with all that is below it. The root's name is "". */
export interface TreeNode {
  readonly node: string;
  readonly children: readonly TreeNode[];
}

export interface TreeView {
  /** Makes a node under a parent, or moves it there. Throws InvalidArgumentError when that would make a cycle. */
  move(node: string, parent?: string): void;
  remove(node: string): void;
  has(node: string): boolean;
  parentOf(node: string): string | undefined;
  children(node?: string): string[];
}

export const treeLeaf: Leaf<TreeView, TreeNode> = {
  type: movableTree,
  dots: undefined,
  value(state: MovableTree) {
    const nodeOf = (node: string): TreeNode => ({
      node,
      children: movableTree.children(state, node).map(nodeOf),
    });
    return nodeOf(treeRoot);
  },
  restore: () => {},
  view(cell: Cell<MovableTree>) {
    const { replica } = cell;
    const put = (node: string, parent: string | undefined): void => {
      const before = movableTree.parentOf(cell.state, node);
      cell.change(
        (state) =>
          parent === undefined
            ? movableTree.remove(state, replica, node)
            : movableTree.move(state, replica, node, parent),
        () => {
          const stands = movableTree.parentOf(cell.state, node) === parent;
          const fits = before === undefined || !cell.state.places.isBelow(before, node);
          if (stands && fits) put(node, before);
        },
      );
    };
    return {
      move: (node, parent = treeRoot) => put(node, parent),
      remove(node) {
        if (movableTree.parentOf(cell.state, node) === undefined)
          throw new InvalidArgumentError(`There is no node ${JSON.stringify(node)}.`);
        put(node, undefined);
      },
      has: (node) => movableTree.has(cell.state, node),
      parentOf: (node) => movableTree.parentOf(cell.state, node),
      children: (node = treeRoot) => movableTree.children(cell.state, node),
    };
  },
};
