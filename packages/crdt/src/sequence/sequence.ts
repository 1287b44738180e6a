import type { Element } from "./children.ts";
import { FugueTree } from "./fugue-tree.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Kind, Log, REMOVE_BACKWARD, REMOVE_FORWARD, ROOT } from "./log.ts";
import { OpenEdit } from "./open-edit.ts";
import type { Replicas } from "./replicas.ts";
import { SpanTree } from "./span-tree.ts";

/** Is told of every visible change; the tree's cursor stands at it. */
export interface SequenceObserver {
  /** Called with the cursor right behind the new elements. */
  inserted(replica: number, seq: number, size: number): void;
  /** Called with the cursor right before the elements that are about to go; the cursor must stay there. */
  removing(replica: number, seq: number, size: number): void;
  /** Elements came that are not seen. */
  insertedHidden?(replica: number, seq: number, size: number): void;
  /** Elements that were not seen before either are removed. */
  removingHidden?(replica: number, seq: number, size: number): void;
  /** An update is applied to its end. What its content speaks of may have come behind it. */
  committed?(): void;
}

/**
 * The order of a replicated sequence: Fugue (Weidner and Kleppmann, "The Art of the Fugue", 2023, section 4).
 *
 * Fugue's tree decides where an element stands; the document is its in-order traversal: left children, the element,
 * right children, siblings by replica id. The traversal itself is kept in the span tree, so positions cost O(log n),
 * and Fugue's tree is needed only to place what was inserted concurrently.
 */
export class Sequence {
  readonly replicas: Replicas;
  /** The local edit that may still go on. Whoever asks for the tree or the log finds it entered. */
  readonly open: OpenEdit = new OpenEdit();

  /** The parent found by `parentAt`. */
  parentReplica: number = ROOT;
  parentSeq = 0;
  parentKind: Kind = INSERT_RIGHT;

  readonly #tree = new SpanTree();
  readonly #log = new Log();
  #observer: SequenceObserver | undefined;
  readonly #fugue: FugueTree;
  readonly #next: Element = { replica: 0, seq: 0 };
  readonly #self: Element = { replica: 0, seq: 0 };
  readonly #pieces: number[] = [];
  /** The index right behind the last insertion, when that is known. */
  #caret = -1;

  constructor(replicas: Replicas) {
    this.replicas = replicas;
    this.#fugue = new FugueTree(this.#log, replicas);
  }

  get tree(): SpanTree {
    if (this.open.size > 0) this.#enter();
    return this.#tree;
  }

  get log(): Log {
    if (this.open.size > 0) this.#enter();
    return this.#log;
  }

  get observer(): SequenceObserver | undefined {
    return this.#observer;
  }

  /** What was edited before is not told to a new observer. */
  set observer(observer: SequenceObserver | undefined) {
    if (this.open.size > 0) this.#enter();
    this.#observer = observer;
  }

  get length(): number {
    return this.#tree.length + this.open.growth;
  }

  /**
   * Finds the parent of an element inserted at a visible index and leaves the cursor at the place. Fugue's rule: right
   * child of the element on the left when that has no right child yet, else left child of the next element, removed
   * ones included (section 4.1, Algorithm 1, `insert`).
   */
  parentAt(index: number): void {
    if (this.open.size > 0) this.#enter();
    const tree = this.#tree;
    tree.seekAfter(index);
    if (index > 0) this.#parentBehind();
    else if (tree.isEmpty) this.#setParent(ROOT, 0, INSERT_RIGHT);
    else this.#setParent(tree.replica, tree.seq, INSERT_LEFT);
  }

  /** The parent of an element inserted right behind the one before the cursor, which stays there. */
  #parentBehind(): void {
    const tree = this.#tree;
    const { leaf, slot, offset, replica } = tree;
    const seq = tree.seq + offset - 1;
    const isLast = !tree.toNext();
    const nextReplica = tree.replica;
    const nextSeq = tree.seq + tree.offset;
    if (isLast || !this.#fugue.hasRightChild(replica, seq, nextReplica, nextSeq))
      this.#setParent(replica, seq, INSERT_RIGHT);
    else this.#setParent(nextReplica, nextSeq, INSERT_LEFT);
    tree.leaf = leaf;
    tree.slot = slot;
    tree.offset = offset;
  }

  /** The visible index of a known element; undefined when it is not seen. O(log n). */
  indexOf(replica: number, seq: number): number | undefined {
    if (this.open.size > 0) this.#enter();
    this.#tree.seekElement(replica, seq);
    return this.#tree.removed ? undefined : this.#tree.index();
  }

  /** Inserts right behind an element, which may have been removed: among removed ones an index does not say where. */
  insertBehind(replica: number, size: number, refReplica: number, refSeq: number): void {
    if (this.open.size > 0) this.#enter();
    this.#tree.seekElement(refReplica, refSeq);
    this.#tree.offset++;
    this.#parentBehind();
    this.#caret = -1;
    this.#place(replica, size, this.parentKind, this.parentReplica, this.parentSeq, false);
  }

  /** Inserts at a visible index, as `replica`'s next operations. O(log n). */
  insertAt(replica: number, index: number, size: number): void {
    if (this.open.size > 0) this.#enter();
    if (index === this.#caret && this.#lengthen(replica, size)) return;
    this.parentAt(index);
    this.#caret = index + size;
    this.#place(replica, size, this.parentKind, this.parentReplica, this.parentSeq, false);
  }

  /**
   * Inserts under a given parent, as `replica`'s next operations. The parent must be a known element. O(log n) plus the
   * depth in runs of what was inserted concurrently at the same place.
   */
  insertUnder(
    replica: number,
    size: number,
    kind: Kind,
    refReplica: number,
    refSeq: number,
    removed: boolean,
  ): void {
    if (this.open.size > 0) this.#enter();
    const chain = kind === INSERT_RIGHT && refReplica === replica && refSeq + 1 === this.#log.next(replica);
    if (chain && !removed && this.#lengthen(replica, size)) return;
    this.#caret = -1;
    this.#self.replica = replica;
    this.#self.seq = this.#log.next(replica);
    this.#seekPlace(kind, refReplica, refSeq);
    this.#place(replica, size, kind, refReplica, refSeq, removed);
  }

  /** Removes `size` visible elements from a visible index on; `backward` counts them from the last to the first. */
  removeAt(replica: number, index: number, size: number, backward = false): void {
    if (this.open.size > 0) this.#enter();
    const tree = this.#tree;
    const pieces = this.#pieces;
    let rest = size;
    while (rest > 0) {
      tree.seekBefore(index);
      const piece = Math.min(rest, tree.size - tree.offset);
      const target = tree.replica;
      const seq = tree.seq + tree.offset;
      this.#observer?.removing(target, seq, piece);
      tree.remove(piece);
      if (backward) pieces.push(target, seq, piece);
      else this.#log.remove(replica, piece, REMOVE_FORWARD, target, seq);
      rest -= piece;
    }
    while (pieces.length > 0) {
      const piece = pieces.pop()!;
      const seq = pieces.pop()!;
      this.#log.remove(replica, piece, REMOVE_BACKWARD, pieces.pop()!, seq + piece - 1);
    }
  }

  /** Removes `size` known elements by id, from `refSeq` on upwards or downwards. Those already removed stay so. */
  removeRun(replica: number, size: number, kind: Kind, refReplica: number, refSeq: number): void {
    this.hide(refReplica, kind === REMOVE_FORWARD ? refSeq : refSeq - size + 1, size);
    this.#log.remove(replica, size, kind, refReplica, refSeq);
  }

  /** Removes elements without an operation: their content came as gone, and who removed them is not known yet. */
  hide(refReplica: number, first: number, size: number): void {
    if (this.open.size > 0) this.#enter();
    const tree = this.#tree;
    const end = first + size;
    let seq = first;
    while (seq < end) {
      tree.seekElement(refReplica, seq);
      const piece = Math.min(end - seq, tree.size - tree.offset);
      if (!tree.removed) {
        this.#observer?.removing(refReplica, seq, piece);
        tree.remove(piece);
      } else this.#observer?.removingHidden?.(refReplica, seq, piece);
      seq += piece;
    }
  }

  #enter(): void {
    const { replica, index, size, inserts, backward } = this.open;
    this.open.close();
    if (inserts) this.insertAt(replica, index, size);
    else this.removeAt(replica, index, size, backward);
  }

  /**
   * Goes on typing: the last insertion's last element has no child yet, so the next one of its replica becomes its right
   * child and stands right behind it, with nothing to look up.
   */
  #lengthen(replica: number, size: number): boolean {
    const seq = this.#log.next(replica);
    if (!this.#tree.lengthen(replica, seq, size)) return false;
    this.#log.lengthenInsertion(replica, size);
    if (this.#caret >= 0) this.#caret += size;
    this.#observer?.inserted(replica, seq, size);
    return true;
  }

  /** Puts the cursor where `#self` belongs below its parent. */
  #seekPlace(kind: Kind, refReplica: number, refSeq: number): void {
    const tree = this.#tree;
    const next = this.#next;
    let before = true;
    if (kind === INSERT_LEFT) this.#fugue.seekLeftChild(this.#self, refReplica, refSeq, next);
    else before = this.#fugue.seekRightChild(this.#self, refReplica, refSeq, next);
    if (next.replica === ROOT) {
      tree.toStart();
      return;
    }
    tree.seekElement(next.replica, next.seq);
    if (!before) tree.offset++;
  }

  #setParent(replica: number, seq: number, kind: Kind): void {
    this.parentReplica = replica;
    this.parentSeq = seq;
    this.parentKind = kind;
  }

  /** Inserts at the cursor and enters the elements into the log and, unless they continue a chain, into Fugue's tree. */
  #place(
    replica: number,
    size: number,
    kind: Kind,
    refReplica: number,
    refSeq: number,
    removed: boolean,
  ): void {
    const seq = this.#log.next(replica);
    this.#tree.insert(replica, seq, size, removed);
    const chained = this.#log.insert(replica, size, kind, refReplica, refSeq);
    this.#fugue.add(replica, seq, kind, refReplica, refSeq, chained);
    if (removed) this.#observer?.insertedHidden?.(replica, seq, size);
    else this.#observer?.inserted(replica, seq, size);
  }
}
