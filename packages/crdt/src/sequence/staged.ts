import type { Content } from "./content.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Kind } from "./log.ts";
import type { Operation } from "./operation.ts";
import type { Sequence } from "./sequence.ts";

/** A place to which staged operations can be taken back. */
export interface Mark {
  readonly count: number;
  readonly content: number;
}

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

  /** Fills `operation` with the one at `row` and those after it that continue it; returns the row behind them. */
  take(row: number, operation: Operation): number {
    operation.replica = this.#replicas[row]!;
    operation.seq = this.#seqs[row]!;
    operation.size = this.#sizes[row]!;
    operation.kind = this.#kinds[row]!;
    operation.refReplica = this.#refReplicas[row]!;
    operation.refSeq = this.#refSeqs[row]!;
    operation.content = this.#contents[row]!;
    operation.hidden = this.#hidden[row]!;
    let next = row + 1;
    if (operation.kind > INSERT_LEFT) return next;
    for (; next < this.#count && this.#continues(operation, next); next++)
      operation.size += this.#sizes[next]!;
    return next;
  }

  #continues(operation: Operation, row: number): boolean {
    const next = operation.seq + operation.size;
    return (
      this.#seqs[row] === next &&
      this.#replicas[row] === operation.replica &&
      this.#kinds[row] === INSERT_RIGHT &&
      this.#refReplicas[row] === operation.replica &&
      this.#refSeqs[row] === next - 1 &&
      this.#hidden[row] === operation.hidden &&
      this.#contents[row] === operation.content + operation.size
    );
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

  mark(): Mark {
    return { count: this.#count, content: this.#content.staged };
  }

  rollBack(mark: Mark): void {
    for (let row = mark.count; row < this.#count; row++) {
      this.#rows[this.#replicas[row]!]!.pop();
      if (this.#kinds[row]! <= INSERT_LEFT) this.#elements -= this.#sizes[row]!;
    }
    this.#count = mark.count;
    this.#content.unstage(mark.content);
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
