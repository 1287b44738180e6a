import type { Content } from "./content.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Kind, REMOVE_BACKWARD, REMOVE_FORWARD } from "./log.ts";
import type { Operation } from "./operation.ts";
import type { Sequence } from "./sequence.ts";

/**
 * Operations that have been checked and not yet applied, in columns, and the sequence as it will be with them: what
 * comes later in the same update may refer to what came earlier.
 */
export class Staged {
  readonly #sequence: Sequence;
  readonly #content: Content;
  readonly #replicas: number[] = [];
  readonly #seqs: number[] = [];
  readonly #sizes: number[] = [];
  readonly #kinds: Kind[] = [];
  readonly #refReplicas: number[] = [];
  readonly #refSeqs: number[] = [];
  readonly #contents: number[] = [];
  readonly #hidden: boolean[] = [];
  #count = 0;
  #elements = 0;

  /** What there was when `mark` was called; the last row may have been lengthened since. */
  #markCount = 0;
  #markSize = 0;
  #markKind: Kind = INSERT_RIGHT;
  #markElements = 0;
  #markContent = 0;

  /** By replica, the rows of its operations. The arrays are kept and reused: most updates stage a single one. */
  readonly #rows: number[][] = [];

  constructor(sequence: Sequence, content: Content) {
    this.#sequence = sequence;
    this.#content = content;
  }

  get count(): number {
    return this.#count;
  }

  /** Elements that the sequence will have had. */
  get elements(): number {
    return this.#sequence.log.elements + this.#elements;
  }

  next(replica: number): number {
    const rows = this.#count === 0 ? undefined : this.#rows[replica];
    if (rows === undefined || rows.length === 0) return this.#sequence.log.next(replica);
    const row = rows[rows.length - 1]!;
    return this.#seqs[row]! + this.#sizes[row]!;
  }

  push(operation: Operation): void {
    if (operation.kind > INSERT_LEFT && this.#joinRemoval(operation)) return;
    const row = this.#count++;
    this.#replicas[row] = operation.replica;
    this.#seqs[row] = operation.seq;
    this.#sizes[row] = operation.size;
    this.#kinds[row] = operation.kind;
    this.#refReplicas[row] = operation.refReplica;
    this.#refSeqs[row] = operation.refSeq;
    this.#contents[row] = operation.content;
    this.#hidden[row] = operation.hidden;
    if (operation.kind <= INSERT_LEFT) this.#elements += operation.size;
    while (this.#rows.length <= operation.replica) this.#rows.push([]);
    this.#rows[operation.replica]!.push(row);
  }

  /**
   * Takes insertions in that go on with those staged last, and says whether it did: there is nothing to check about
   * them. So what was typed letter by letter is applied as one run.
   */
  lengthen(operation: Operation): boolean {
    const row = this.#count - 1;
    if (row < 0 || operation.kind !== INSERT_RIGHT || this.#kinds[row]! > INSERT_LEFT) return false;
    const { replica, seq, size, content } = operation;
    const have = this.#sizes[row]!;
    if (
      operation.refSeq !== seq - 1 ||
      this.#seqs[row]! + have !== seq ||
      this.#replicas[row] !== replica ||
      operation.refReplica !== replica ||
      this.#contents[row]! + have !== content ||
      this.#hidden[row] !== operation.hidden
    )
      return false;
    this.#sizes[row] = have + size;
    this.#elements += size;
    return true;
  }

  /** Adds removals to those staged last when they go on with them in one direction. */
  #joinRemoval({ replica, seq, size, kind, refReplica, refSeq }: Operation): boolean {
    const row = this.#count - 1;
    if (row < 0 || this.#replicas[row] !== replica || this.#refReplicas[row] !== refReplica) return false;
    const before = this.#kinds[row]!;
    const have = this.#sizes[row]!;
    if (before <= INSERT_LEFT || this.#seqs[row]! + have !== seq) return false;
    const direction = refSeq > this.#refSeqs[row]! ? REMOVE_FORWARD : REMOVE_BACKWARD;
    const step = direction === REMOVE_FORWARD ? have : -have;
    if (refSeq !== this.#refSeqs[row]! + step) return false;
    if ((have > 1 && before !== direction) || (size > 1 && kind !== direction)) return false;
    this.#kinds[row] = direction;
    this.#sizes[row] = have + size;
    return true;
  }

  /** Fills `operation` with the one at `row`. */
  read(row: number, operation: Operation): void {
    operation.replica = this.#replicas[row]!;
    operation.seq = this.#seqs[row]!;
    operation.size = this.#sizes[row]!;
    operation.kind = this.#kinds[row]!;
    operation.refReplica = this.#refReplicas[row]!;
    operation.refSeq = this.#refSeqs[row]!;
    operation.content = this.#contents[row]!;
    operation.hidden = this.#hidden[row]!;
  }

  /** Whether operation `seq`, known or staged, inserts an element. */
  isElement(replica: number, seq: number): boolean {
    const { log } = this.#sequence;
    if (seq < log.next(replica)) return log.isElement(replica, seq);
    return this.#kinds[this.#rowOf(replica, seq)]! <= INSERT_LEFT;
  }

  /** Last sequence number of the run, known or staged, that holds `seq`. */
  lastOfRun(replica: number, seq: number): number {
    const { log } = this.#sequence;
    if (seq < log.next(replica)) return log.last(log.runOf(replica, seq));
    const row = this.#rowOf(replica, seq);
    return this.#seqs[row]! + this.#sizes[row]! - 1;
  }

  /** Whether content can be cut at all. */
  get mayCut(): boolean {
    return this.#content.mayCut;
  }

  /** Whether all content is simply seen. */
  get plain(): boolean {
    return this.#content.plain;
  }

  /** Whether a border before element `seq` cuts a character in two. */
  splits(replica: number, seq: number): boolean {
    const { log } = this.#sequence;
    if (seq < log.next(replica)) return this.#content.splits(replica, log.contentOf(replica, seq));
    const row = this.#rowOf(replica, seq);
    const offset = seq - this.#seqs[row]!;
    return offset > 0 && this.#content.splitsStaged(this.#contents[row]! + offset);
  }

  /** Whether an element is hidden by what it holds. */
  hides(replica: number, seq: number): boolean {
    const { log } = this.#sequence;
    if (seq < log.next(replica)) return this.#content.hides(replica, log.contentOf(replica, seq));
    const row = this.#rowOf(replica, seq);
    return this.#content.hidesStaged(this.#contents[row]! + seq - this.#seqs[row]!);
  }

  /** Whether an element can be removed. */
  removable(replica: number, seq: number): boolean {
    const { log } = this.#sequence;
    if (seq < log.next(replica)) return this.#content.removable(replica, log.contentOf(replica, seq));
    const row = this.#rowOf(replica, seq);
    return this.#content.removableStaged(this.#contents[row]! + seq - this.#seqs[row]!);
  }

  /** Remembers what there is, for `rollBack`. */
  mark(): void {
    const last = this.#count - 1;
    this.#markCount = this.#count;
    this.#markElements = this.#elements;
    this.#markContent = this.#content.staged;
    if (last < 0) return;
    this.#markSize = this.#sizes[last]!;
    this.#markKind = this.#kinds[last]!;
  }

  /** Takes back what came since the mark. */
  rollBack(): void {
    const last = this.#markCount - 1;
    for (let row = this.#markCount; row < this.#count; row++) this.#rows[this.#replicas[row]!]!.pop();
    this.#count = this.#markCount;
    this.#elements = this.#markElements;
    this.#content.unstage(this.#markContent);
    if (last < 0) return;
    this.#sizes[last] = this.#markSize;
    this.#kinds[last] = this.#markKind;
  }

  clear(): void {
    for (let row = 0; row < this.#count; row++) this.#rows[this.#replicas[row]!]!.length = 0;
    this.#count = 0;
    this.#elements = 0;
    this.#content.unstage(0);
  }

  #rowOf(replica: number, seq: number): number {
    const rows = this.#rows[replica]!;
    let high = rows.length - 1;
    if (this.#seqs[rows[high]!]! <= seq) return rows[high]!;
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#seqs[rows[middle]!]! <= seq) low = middle;
      else high = middle - 1;
    }
    return rows[low]!;
  }
}
