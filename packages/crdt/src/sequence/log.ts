import { grown } from "./columns.ts";
import type { Replicas } from "./replicas.ts";

/** The parent of the first elements: not a replica, but the root of Fugue's tree. */
export const ROOT = 0xffffffff;

/** Largest sequence number: they stand in 32-bit columns. */
export const SEQ_MAX = 0xfffffffe;

/** What a run of operations does. The numbers are part of the encodings. */
export const INSERT_RIGHT = 0;
export const INSERT_LEFT = 1;
export const REMOVE_FORWARD = 2;
export const REMOVE_BACKWARD = 3;

export type Kind = 0 | 1 | 2 | 3;

/**
 * Every operation that was applied, in runs. Each operation has the next sequence number of its replica, insertions
 * and removals alike, so one number per replica says all that a replica has seen.
 *
 * A run of insertions is a chain: each element is the right child of the one before. Its reference is the parent of its
 * first element. A run of removals has consecutive targets and refers to the first. Runs are as long as can be however
 * the operations arrived, so equal logs have equal runs.
 */
export class Log {
  #seqs = new Uint32Array(16);
  #sizes = new Uint32Array(16);
  #kinds = new Uint8Array(16);
  #refReplicas = new Uint32Array(16);
  #refSeqs = new Uint32Array(16);
  /** Elements that the replica had inserted before this run: where the run's content begins. */
  #contents = new Uint32Array(16);
  #runs = 0;
  /** Per replica its runs in order, its next sequence number, and how many elements it has inserted. */
  readonly #byReplica: (number[] | undefined)[] = [];
  readonly #nexts: number[] = [];
  readonly #inserted: number[] = [];
  #elements = 0;
  /** The place that was looked up last: what is looked up next often lies in the same run. */
  #hotReplica = -1;
  #hotPlace = 0;

  /** Elements ever inserted. */
  get elements(): number {
    return this.#elements;
  }

  /** The next sequence number of a replica; 0 when nothing of it was seen. */
  next(replica: number): number {
    return this.#nexts[replica] ?? 0;
  }

  inserted(replica: number): number {
    return this.#inserted[replica] ?? 0;
  }

  runCount(replica: number): number {
    return this.#byReplica[replica]?.length ?? 0;
  }

  /** The handle of a replica's run by its place among the replica's runs. */
  run(replica: number, place: number): number {
    return this.#byReplica[replica]![place]!;
  }

  /** Place of the run that holds operation `seq`, which must be known. O(log n), O(1) for the last run. */
  placeOf(replica: number, seq: number): number {
    const runs = this.#byReplica[replica]!;
    const seqs = this.#seqs;
    let high = runs.length - 1;
    if (seqs[runs[high]!]! <= seq) return high;
    if (replica === this.#hotReplica) {
      const hot = runs[this.#hotPlace]!;
      if (seqs[hot]! <= seq && seq < seqs[hot]! + this.#sizes[hot]!) return this.#hotPlace;
    }
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (seqs[runs[middle]!]! <= seq) low = middle;
      else high = middle - 1;
    }
    this.#hotReplica = replica;
    this.#hotPlace = low;
    return low;
  }

  runOf(replica: number, seq: number): number {
    return this.#byReplica[replica]![this.placeOf(replica, seq)]!;
  }

  /** Whether operation `seq` is known and inserted an element. */
  isElement(replica: number, seq: number): boolean {
    return seq < this.next(replica) && this.#kinds[this.runOf(replica, seq)]! <= INSERT_LEFT;
  }

  seq(run: number): number {
    return this.#seqs[run]!;
  }

  size(run: number): number {
    return this.#sizes[run]!;
  }

  /** Sequence number of the run's last operation. */
  last(run: number): number {
    return this.#seqs[run]! + this.#sizes[run]! - 1;
  }

  kind(run: number): Kind {
    return this.#kinds[run]! as Kind;
  }

  refReplica(run: number): number {
    return this.#refReplicas[run]!;
  }

  refSeq(run: number): number {
    return this.#refSeqs[run]!;
  }

  content(run: number): number {
    return this.#contents[run]!;
  }

  /** Where the content of an element lies among its replica's. */
  contentOf(replica: number, seq: number): number {
    const run = this.runOf(replica, seq);
    return this.#contents[run]! + seq - this.#seqs[run]!;
  }

  /** Whether an element inserted next with this parent would lengthen the replica's last run. */
  continues(replica: number, refReplica: number, refSeq: number): boolean {
    if (refReplica !== replica || refSeq + 1 !== this.next(replica)) return false;
    const runs = this.#byReplica[replica];
    return runs !== undefined && this.#kinds[runs[runs.length - 1]!]! <= INSERT_LEFT;
  }

  /** Appends insertions; true when they lengthened the last run, so that their first has no parent but the chain. */
  insert(replica: number, size: number, kind: Kind, refReplica: number, refSeq: number): boolean {
    const chained = kind === INSERT_RIGHT && this.continues(replica, refReplica, refSeq);
    if (chained) {
      this.lengthenInsertion(replica, size);
      return true;
    }
    this.#append(replica, size, kind, refReplica, refSeq);
    this.#inserted[replica]! += size;
    this.#elements += size;
    return false;
  }

  /** Appends insertions that are known to continue the replica's last run. */
  lengthenInsertion(replica: number, size: number): void {
    this.#lengthen(replica, size);
    this.#inserted[replica]! += size;
    this.#elements += size;
  }

  /** Appends removals of `size` elements from `refSeq` on, upwards or downwards. */
  remove(replica: number, size: number, kind: Kind, refReplica: number, refSeq: number): void {
    const taken = this.#joinRemoval(replica, size, kind, refReplica, refSeq);
    if (taken === size) return;
    const step = kind === REMOVE_FORWARD ? taken : -taken;
    const rest = size - taken;
    this.#append(replica, rest, rest === 1 ? REMOVE_FORWARD : kind, refReplica, refSeq + step);
  }

  /** How many of the removals the replica's last run could take. */
  #joinRemoval(replica: number, size: number, kind: Kind, refReplica: number, refSeq: number): number {
    const runs = this.#byReplica[replica];
    if (runs === undefined) return 0;
    const run = runs[runs.length - 1]!;
    const before = this.#kinds[run]!;
    if (before < REMOVE_FORWARD || this.#refReplicas[run] !== refReplica) return 0;
    const have = this.#sizes[run]!;
    const first = this.#refSeqs[run]!;
    const upwards = refSeq === first + have && (before === REMOVE_FORWARD || have === 1);
    const downwards = refSeq === first - have && (before === REMOVE_BACKWARD || have === 1);
    if (!upwards && !downwards) return 0;
    const direction = upwards ? REMOVE_FORWARD : REMOVE_BACKWARD;
    // A run of one has no direction of its own; a longer one that turns back gives its first removal only, as if
    // they had come one by one.
    const taken = size === 1 || kind === direction ? size : 1;
    this.#kinds[run] = direction;
    this.#lengthen(replica, taken);
    return taken;
  }

  #lengthen(replica: number, size: number): void {
    const runs = this.#byReplica[replica]!;
    this.#sizes[runs[runs.length - 1]!]! += size;
    this.#nexts[replica]! += size;
  }

  #append(replica: number, size: number, kind: Kind, refReplica: number, refSeq: number): void {
    const run = this.#runs++;
    this.#enter(replica, run);
    if (run === this.#seqs.length) this.#grow();
    this.#seqs[run] = this.#nexts[replica]!;
    this.#sizes[run] = size;
    this.#kinds[run] = kind;
    this.#refReplicas[run] = refReplica;
    this.#refSeqs[run] = refSeq;
    this.#contents[run] = this.#inserted[replica]!;
    this.#nexts[replica]! += size;
  }

  /** Most of a crowd have a single run: their list is made with it, which takes less room than one that grows. */
  #enter(replica: number, run: number): void {
    while (this.#nexts.length <= replica) {
      this.#byReplica.push(undefined);
      this.#nexts.push(0);
      this.#inserted.push(0);
    }
    const runs = this.#byReplica[replica];
    if (runs === undefined) this.#byReplica[replica] = [run];
    else runs.push(run);
  }

  #grow(): void {
    const size = this.#runs + 1;
    this.#seqs = grown(this.#seqs, size);
    this.#sizes = grown(this.#sizes, size);
    this.#kinds = grown(this.#kinds, size);
    this.#refReplicas = grown(this.#refReplicas, size);
    this.#refSeqs = grown(this.#refSeqs, size);
    this.#contents = grown(this.#contents, size);
  }

  /**
   * The runs from given sequence numbers on, in an order that depends on the operations alone: replicas in the order of
   * their ids, each as far as it gets before it refers to an element that has not come yet. An element's parent was there
   * before it and a removal's targets before the removal, so some replica can always go on.
   */
  inCanonicalOrder(
    replicas: Replicas,
    from: readonly number[],
    visit: (replica: number, run: number) => void,
  ): void {
    const known = [...from];
    const places = known.map((seq, replica) => (seq < this.next(replica) ? this.placeOf(replica, seq) : 0));
    let waiting = replicas.sorted().filter((replica) => known[replica]! < this.next(replica));
    while (waiting.length > 0) {
      waiting = waiting.filter((replica) => {
        const count = this.runCount(replica);
        for (; places[replica]! < count; places[replica]!++) {
          const run = this.run(replica, places[replica]!);
          const ref = this.#refReplicas[run]!;
          if (ref !== ROOT && ref !== replica && this.highestRef(run) >= known[ref]!) return true;
          visit(replica, run);
          known[replica] = this.last(run) + 1;
        }
        return false;
      });
    }
  }

  /** The highest sequence number that a run refers to. */
  highestRef(run: number): number {
    const first = this.#refSeqs[run]!;
    return this.#kinds[run] === REMOVE_FORWARD ? first + this.#sizes[run]! - 1 : first;
  }
}
