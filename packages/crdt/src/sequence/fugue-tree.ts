import { Children, type Element, LEFT, RIGHT } from "./children.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Kind, type Log, ROOT } from "./log.ts";
import type { Replicas } from "./replicas.ts";

/**
 * Fugue's tree between runs: within a run of insertions each element is the right child of the one before, so only what
 * hangs elsewhere is kept. It is made of the log when it is first needed: while a single writer types, or positions are
 * replayed, the order itself tells enough.
 */
export class FugueTree {
  readonly #log: Log;
  readonly #replicas: Replicas;
  #table: Children | undefined;
  /** Per run, the elements inside it that have right children besides the chain, in order. */
  readonly #branches = new Map<number, number[]>();

  constructor(log: Log, replicas: Replicas) {
    this.#log = log;
    this.#replicas = replicas;
  }

  get #children(): Children {
    return this.#table ?? this.#findChildren();
  }

  /**
   * Whether an element has a right child; `nextReplica` and `nextSeq` are what stands behind it. As long as everything
   * was inserted by position, what is there and younger was inserted right behind it: then it has one.
   */
  hasRightChild(replica: number, seq: number, nextReplica: number, nextSeq: number): boolean {
    if (this.#table === undefined && nextReplica === replica) return nextSeq > seq;
    return this.#isInsideRun(replica, seq) || this.#children.has(replica, seq, RIGHT);
  }

  /** Takes in what was just logged; `chained` says that it lengthened a run. */
  add(replica: number, seq: number, kind: Kind, refReplica: number, refSeq: number, chained: boolean): void {
    if (this.#table === undefined) return;
    if (!chained) this.#hang(replica, seq, kind, refReplica, refSeq);
    // The end of the run had children, and lies inside the run from now on.
    else if (this.#table.has(refReplica, refSeq, RIGHT)) this.#addBranch(refReplica, refSeq);
  }

  /**
   * Finds where a new right child belongs: true when right before `next`, where its next sibling's subtree begins, and
   * false when right behind it, where that of the last sibling, or the parent, ends.
   */
  seekRightChild(self: Element, refReplica: number, refSeq: number, next: Element): boolean {
    const isFirst =
      this.#log.continues(self.replica, refReplica, refSeq) && !this.#children.has(refReplica, refSeq, RIGHT);
    if (!isFirst && this.#nextRightChild(self, refReplica, refSeq, next)) {
      this.#toLeftmost(next);
      return true;
    }
    next.replica = refReplica;
    next.seq = refSeq;
    if (!isFirst) this.#toRightmost(next);
    return false;
  }

  /** Finds the element right before which a new left child belongs. */
  seekLeftChild(self: Element, refReplica: number, refSeq: number, next: Element): void {
    if (this.#children.after(refReplica, refSeq, LEFT, self, next)) this.#toLeftmost(next);
    else {
      next.replica = refReplica;
      next.seq = refSeq;
    }
  }

  /** Finds the right child behind `self`, which may be the one that goes on with the run. */
  #nextRightChild(self: Element, refReplica: number, refSeq: number, next: Element): boolean {
    const children = this.#children;
    const found = children.after(refReplica, refSeq, RIGHT, self, next);
    if (refReplica === ROOT || !this.#isInsideRun(refReplica, refSeq)) return found;
    const chain = { replica: refReplica, seq: refSeq + 1 };
    if (children.order(self, chain) >= 0 || (found && children.order(next, chain) < 0)) return found;
    next.replica = chain.replica;
    next.seq = chain.seq;
    return true;
  }

  /** Moves to the first element of the subtree. */
  #toLeftmost(element: Element): void {
    while (this.#children.first(element.replica, element.seq, LEFT, element));
  }

  /** Moves to the last element of the subtree, along whole runs. */
  #toRightmost(element: Element): void {
    do {
      if (element.replica !== ROOT) this.#toEndOfChain(element);
    } while (this.#children.last(element.replica, element.seq, RIGHT, element));
  }

  /** Moves along the run as long as its next element is the last right child. */
  #toEndOfChain(element: Element): void {
    const run = this.#log.runOf(element.replica, element.seq);
    const end = this.#log.last(run);
    const branches = this.#branches.get(run);
    if (branches !== undefined) {
      const child = { replica: 0, seq: 0 };
      for (let at = firstAtLeast(branches, element.seq); at < branches.length; at++) {
        const seq = branches[at]!;
        this.#children.last(element.replica, seq, RIGHT, child);
        if (this.#children.order(child, { replica: element.replica, seq: seq + 1 }) < 0) continue;
        element.seq = seq;
        return;
      }
    }
    element.seq = end;
  }

  #isInsideRun(replica: number, seq: number): boolean {
    return seq < this.#log.last(this.#log.runOf(replica, seq));
  }

  #findChildren(): Children {
    const log = this.#log;
    const replicas = this.#replicas;
    const children = new Children(replicas);
    this.#table = children;
    for (let replica = 0; replica < replicas.size; replica++)
      for (let place = 0; place < log.runCount(replica); place++) {
        const run = log.run(replica, place);
        const kind = log.kind(run);
        if (kind <= INSERT_LEFT)
          this.#hang(replica, log.seq(run), kind, log.refReplica(run), log.refSeq(run));
      }
    return children;
  }

  /** Enters the head of a run into Fugue's tree. */
  #hang(replica: number, seq: number, kind: Kind, refReplica: number, refSeq: number): void {
    this.#children.add(refReplica, refSeq, kind === INSERT_RIGHT ? RIGHT : LEFT, replica, seq);
    if (kind === INSERT_RIGHT && refReplica !== ROOT && this.#isInsideRun(refReplica, refSeq))
      this.#addBranch(refReplica, refSeq);
  }

  #addBranch(replica: number, seq: number): void {
    const run = this.#log.runOf(replica, seq);
    const branches = this.#branches.get(run);
    if (branches === undefined) {
      this.#branches.set(run, [seq]);
      return;
    }
    const at = firstAtLeast(branches, seq);
    if (branches[at] !== seq) branches.splice(at, 0, seq);
  }
}

function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
