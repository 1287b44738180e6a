import { checkCount } from "../arguments.ts";
import type { Recorder } from "./changes.ts";
import { type Log, REMOVE_FORWARD } from "./log.ts";
import type { Sequence } from "./sequence.ts";

/** Takes one's own changes back, and never those of others. */
export interface Undo {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Takes the last transaction back, as far as it still stands; false when there is none. */
  undo(): boolean;
  /** Does again what was undone last, unless something was edited since. */
  redo(): boolean;
  /** Stops following. */
  stop(): void;
}

type Pieces = string | readonly unknown[];

/** What the undo history needs of its sequence. */
export interface Undoable<Content extends Pieces> {
  readonly sequence: Sequence;
  transact(edits: () => void): void;
  /** Inserts right behind an element, which may have been removed. */
  insertBehind(replica: number, seq: number, content: Content): void;
  remove(index: number, count: number): void;
  /** Where an element is seen, if it is. */
  indexOf(replica: number, seq: number): number | undefined;
}

/** The element that stands for another since an undoing put it in its place. */
export type HeirOf = (replica: number, seq: number) => readonly [replica: number, seq: number];

interface Piece<Content extends Pieces> {
  readonly replica: number;
  readonly seq: number;
  readonly size: number;
  /** What was removed; undefined when the piece was inserted. */
  readonly removed: Content | undefined;
}

type Done = (heirOf: HeirOf) => void;

/** Elements that an undoing put in the place of removed ones. */
interface Successor {
  readonly replica: number;
  readonly seq: number;
  readonly size: number;
  readonly own: number;
}

/**
 * Own transactions, as the elements that they inserted and removed. To undo an insertion is to remove those of its
 * elements that are still there; to undo a removal is to insert the text again, as new elements beside the old ones, which
 * from then on stand for them in older steps. What is undone is recorded like any edit, which is the redo.
 *
 * An element that its own writer has taken back is not brought back by who else had removed it. So that others know, undoing
 * an insertion removes once more what they have removed already.
 */
export class UndoHistory<Content extends Pieces> implements Undo, Recorder<Content> {
  readonly #target: Undoable<Content>;
  readonly #self: number;
  readonly #stepsMax: number;
  readonly #stop: () => void;
  #undo: (Piece<Content> | Done)[][] = [];
  #redo: (Piece<Content> | Done)[][] = [];
  #current: (Piece<Content> | Done)[] = [];
  #doing: "edit" | "undo" | "redo" = "edit";
  #successors: Successor[] = [];

  constructor(
    target: Undoable<Content>,
    self: number,
    stepsMax: number,
    follow: (recorder: Recorder<Content>) => () => void,
  ) {
    this.#target = target;
    this.#self = self;
    this.#stepsMax = checkCount("stepsMax", stepsMax);
    this.#stop = follow(this);
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  undo(): boolean {
    return this.#takeBack(this.#undo.pop(), "undo");
  }

  redo(): boolean {
    return this.#takeBack(this.#redo.pop(), "redo");
  }

  stop(): void {
    this.#stop();
    this.#undo = [];
    this.#redo = [];
    this.#successors = [];
  }

  inserted(replica: number, seq: number, size: number): void {
    const last = this.#current[this.#current.length - 1];
    if (typeof last === "object" && last.removed === undefined && last.seq + last.size === seq)
      this.#current[this.#current.length - 1] = { ...last, size: last.size + size };
    else this.#current.push({ replica, seq, size, removed: undefined });
  }

  removing(replica: number, seq: number, size: number, removed: Content): void {
    this.#current.push({ replica, seq, size, removed });
  }

  done(takeBack: Done): void {
    this.#current.push(takeBack);
  }

  commit(): void {
    const doing = this.#doing;
    // What listeners write once they are told of this is none of it.
    this.#doing = "edit";
    if (this.#current.length === 0) return;
    const steps = doing === "undo" ? this.#redo : this.#undo;
    if (doing === "edit") this.#redo = [];
    steps.push(this.#current);
    this.#current = [];
    if (steps.length > this.#stepsMax) steps.shift();
    if (this.#undo.length + this.#redo.length === 1 && doing === "edit") this.#successors = [];
  }

  #takeBack(step: readonly (Piece<Content> | Done)[] | undefined, doing: "undo" | "redo"): boolean {
    if (step === undefined) return false;
    const opposite = doing === "undo" ? this.#redo : this.#undo;
    const before = opposite.at(-1);
    this.#doing = doing;
    try {
      this.#target.transact(() => {
        for (const piece of step.toReversed()) {
          if (typeof piece === "function") piece((replica, seq) => this.#heirOf(replica, seq));
          else if (piece.removed === undefined) this.#removeAgain(piece);
          else this.#insertAgain(piece, piece.removed);
        }
      });
    } finally {
      this.#doing = "edit";
    }
    // Even when nothing was left to take back, the way forth has as many steps as the way back.
    if (opposite.at(-1) === before) opposite.push([]);
    return true;
  }

  /** Inserts again what its writer has not taken back, in stretches. */
  #insertAgain({ replica, seq, size }: Piece<Content>, removed: Content): void {
    const { log } = this.#target.sequence;
    const gone = replica === this.#self ? [] : removedByWriter(log, replica, seq, size);
    for (let from = 0; from < size; from++) {
      if (gone[from] === true) continue;
      let to = from + 1;
      while (to < size && gone[to] !== true) to++;
      const own = log.next(this.#self);
      this.#target.insertBehind(replica, seq + to - 1, removed.slice(from, to) as Content);
      this.#successors.push({ replica, seq: seq + from, size: to - from, own });
      from = to;
    }
  }

  /** Removes what is still there, in stretches: a surrogate pair goes as one. */
  #removeAgain({ replica, seq, size }: Piece<Content>): void {
    const indexes: number[] = [];
    const gone: number[] = [];
    for (let i = 0; i < size; i++) {
      const [heirReplica, heirSeq] = this.#heirOf(replica, seq + i);
      const index = this.#target.indexOf(heirReplica, heirSeq);
      if (index !== undefined) indexes.push(index);
      else if (heirReplica === this.#self) gone.push(heirSeq);
    }
    this.#removeGone(gone);
    indexes.sort((a, b) => b - a);
    for (let i = 0; i < indexes.length; ) {
      let count = 1;
      while (indexes[i + count] === indexes[i]! - count) count++;
      this.#target.remove(indexes[i]! - count + 1, count);
      i += count;
    }
  }

  /** Removes own elements that others have removed, for these to know of it. */
  #removeGone(seqs: readonly number[]): void {
    if (seqs.length === 0) return;
    const { sequence } = this.#target;
    const ordered = seqs.toSorted((a, b) => a - b);
    const first = ordered[0]!;
    const removed = removedByWriter(sequence.log, this.#self, first, ordered.at(-1)! - first + 1);
    for (const seq of ordered)
      if (removed[seq - first] !== true) sequence.removeRun(this.#self, 1, REMOVE_FORWARD, this.#self, seq);
  }

  /** The element that stands for this one now. */
  #heirOf(replica: number, seq: number): readonly [replica: number, seq: number] {
    let heir: readonly [number, number] = [replica, seq];
    for (const next of this.#successors) {
      const offset = heir[1] - next.seq;
      if (next.replica === heir[0] && offset >= 0 && offset < next.size)
        heir = [this.#self, next.own + offset];
    }
    return heir;
  }
}

/** Which of a replica's elements it has removed itself. O(its runs). */
function removedByWriter(log: Log, replica: number, seq: number, size: number): boolean[] {
  const removed = Array.from({ length: size }, () => false);
  for (let place = 0; place < log.runCount(replica); place++) {
    const run = log.run(replica, place);
    if (log.kind(run) < REMOVE_FORWARD || log.refReplica(run) !== replica) continue;
    const first = log.kind(run) === REMOVE_FORWARD ? log.refSeq(run) : log.refSeq(run) - log.size(run) + 1;
    const end = Math.min(first + log.size(run), seq + size);
    for (let at = Math.max(first, seq); at < end; at++) removed[at - seq] = true;
  }
  return removed;
}
