/**
 * Fugue as the paper writes it (Weidner and Kleppmann, 2023, Algorithm 1): a tree of single characters, traversed from
 * scratch at every look. Slow on purpose; the fast text must give the same answers.
 */
export interface FugueOperation {
  readonly id: string;
  readonly replica: string;
  readonly counter: number;
  readonly value?: string;
  readonly parent?: string;
  readonly side?: "L" | "R";
  readonly target?: string;
}

interface Node {
  readonly id: string;
  readonly replica: string;
  readonly counter: number;
  value: string | undefined;
  readonly left: Node[];
  readonly right: Node[];
}

export class FugueModel {
  readonly replica: string;
  #counter = 0;
  readonly #root: Node = { id: "", replica: "", counter: 0, value: undefined, left: [], right: [] };
  readonly #nodes = new Map<string, Node>([["", this.#root]]);

  constructor(replica: string) {
    this.replica = replica;
  }

  insert(index: number, value: string): FugueOperation {
    const visible = this.#traverse().filter((node) => node.value !== undefined);
    return this.insertBehind(index === 0 ? "" : visible[index - 1]!.id, value);
  }

  /** Inserts right behind an element, which may have been removed. */
  insertBehind(left: string, value: string): FugueOperation {
    const order = this.#traverse();
    const leftOrigin = this.#nodes.get(left)!;
    const id = `${this.replica}/${this.#counter}`;
    const base = { id, replica: this.replica, counter: this.#counter++, value };
    const operation: FugueOperation =
      leftOrigin.right.length === 0
        ? { ...base, parent: leftOrigin.id, side: "R" }
        : { ...base, parent: order[order.indexOf(leftOrigin) + 1]!.id, side: "L" };
    this.apply(operation);
    return operation;
  }

  remove(index: number): FugueOperation {
    const target = this.#traverse().filter((node) => node.value !== undefined)[index]!.id;
    const counter = this.#counter++;
    const operation = { id: `${this.replica}/${counter}`, replica: this.replica, counter, target };
    this.apply(operation);
    return operation;
  }

  /** An element right below the root that is never seen. */
  insertHidden(): FugueOperation {
    const id = `${this.replica}/${this.#counter}`;
    const operation: FugueOperation = {
      id,
      replica: this.replica,
      counter: this.#counter++,
      parent: "",
      side: "R",
    };
    this.apply(operation);
    return operation;
  }

  /** Makes an element unseen, here alone. */
  hide(id: string): void {
    this.#nodes.get(id)!.value = undefined;
  }

  /** All elements in order, and whether they are seen. */
  elements(): { id: string; value: string | undefined }[] {
    return this.#traverse().slice(1);
  }

  /** The ids of what is seen, in order. */
  ids(): string[] {
    return this.#traverse()
      .filter((node) => node.value !== undefined)
      .map((node) => node.id);
  }

  /** Operations must come in causal order. */
  apply(operation: FugueOperation): void {
    if (operation.target !== undefined) {
      this.#nodes.get(operation.target)!.value = undefined;
      return;
    }
    const { id, replica, counter, value } = operation;
    const node: Node = { id, replica, counter, value, left: [], right: [] };
    this.#nodes.set(id, node);
    const parent = this.#nodes.get(operation.parent!)!;
    const siblings = operation.side === "L" ? parent.left : parent.right;
    siblings.push(node);
    siblings.sort((a, b) =>
      a.replica === b.replica ? a.counter - b.counter : a.replica < b.replica ? -1 : 1,
    );
  }

  toString(): string {
    return this.#traverse()
      .map((node) => node.value ?? "")
      .join("");
  }

  /** The root first, then all elements in document order. */
  #traverse(): Node[] {
    const order: Node[] = [];
    const visit = (node: Node): void => {
      for (const child of node.left) visit(child);
      order.push(node);
      for (const child of node.right) visit(child);
    };
    visit(this.#root);
    return order;
  }
}
