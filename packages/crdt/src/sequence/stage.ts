import type { Reader } from "../bytes/reader.ts";
import { CorruptBytesError, InvalidUpdateError, LimitExceededError, ReplicaReusedError } from "../errors.ts";
import { checkDirection, checkHidden, checkReference, isSame } from "./check.ts";
import { grown } from "./columns.ts";
import type { Content, ElementId } from "./content.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Kind, ROOT, SEQ_MAX } from "./log.ts";
import { highestRef, isInsertion, lowestRef, type Operation, skipFirst } from "./operation.ts";
import { isReplicaId } from "./replicas.ts";
import type { Sequence } from "./sequence.ts";
import { Staged } from "./staged.ts";
import { OP_CHAIN, OP_DROPPED, OP_SCALE, UPDATE, UPDATE_FORMAT } from "./update-format.ts";

/** Operations of a replica, `[from, to)`, that must come before an update can be applied. */
export interface MissingCause {
  readonly replica: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Updates on their way into a sequence: decoded and checked against it and against each other, with nothing applied.
 * Once everything has been staged without an error, `commit` cannot fail; so a bad update leaves no trace.
 */
export class Stage {
  readonly #sequence: Sequence;
  readonly #content: Content;
  readonly #elementsMax: number;
  readonly #staged: Staged;
  readonly #operation: Operation = {
    replica: 0,
    seq: 0,
    size: 0,
    kind: INSERT_RIGHT,
    refReplica: 0,
    refSeq: 0,
    content: 0,
    dropped: false,
    hidden: false,
  };

  /** What the content on the stage speaks of. */
  #spoken: ElementId[] = [];

  /** How many of the replicas came with what is on the stage, and go with it when it is cleared. */
  #newReplicas = 0;

  /** How the update before began, to the end of its table: most updates of a session begin alike. */
  #beginning: Uint8Array = new Uint8Array(64);
  #beginningSize = 0;
  readonly #table: number[] = [];

  constructor(sequence: Sequence, content: Content, elementsMax: number) {
    this.#sequence = sequence;
    this.#content = content;
    this.#elementsMax = elementsMax;
    this.#staged = new Staged(sequence, content);
  }

  /**
   * Stages one update whose checksum was verified. Returns the first cause that is missing, in which case nothing of
   * the update stays staged, or undefined. Throws when the update is bad.
   */
  add(reader: Reader): MissingCause | undefined {
    this.#staged.mark();
    const table = this.#readTable(reader);
    let missing: MissingCause | undefined;
    while (reader.left > 0 && missing === undefined) missing = this.#section(reader, table);
    if (missing === undefined && this.#spoken.length > 0) missing = this.#missingOfContent();
    if (missing !== undefined) {
      this.#staged.rollBack();
      this.#spoken = [];
    }
    return missing;
  }

  /** What content speaks of may come later in the same update, so it is looked for at the end. */
  #missingOfContent(): MissingCause | undefined {
    const spoken = this.#spoken;
    this.#spoken = [];
    const { replicas } = this.#sequence;
    for (const { replica, seq } of spoken) {
      const known = replicas.find(replica);
      const next = known === undefined ? 0 : this.#staged.next(known);
      if (known === undefined || seq >= next) return { replica, from: next, to: seq + 1 };
      if (!this.#staged.isElement(known, seq))
        throw new InvalidUpdateError("its content speaks of an operation that inserted nothing");
    }
    return undefined;
  }

  /**
   * Applies an update of one operation whose causes are known, without staging it: what typing sends. Returns how
   * many operations were new, or -1, having changed nothing, when the update is none of that kind or is bad.
   */
  applySmall(reader: Reader): number {
    const table = this.#readTable(reader);
    if (reader.left === 0) return -1;
    const replica = table[reader.uint()];
    const seq = reader.uint();
    const { log } = this.#sequence;
    if (replica === undefined || seq !== log.next(replica) || reader.uint() !== 1) return -1;
    const operation = this.#operation;
    this.#read(reader, table, replica, seq);
    const applied = reader.left === 0 && this.#isPlain(operation) ? operation.size : -1;
    if (applied > 0) {
      this.#newReplicas = 0;
      this.#apply(operation);
    }
    this.#content.unstage(0);
    return applied;
  }

  /** Refers to one known run and cuts nothing; anything else takes the long way, which says what is wrong with it. */
  #isPlain(operation: Operation): boolean {
    const { log } = this.#sequence;
    const { replica, kind, refReplica, refSeq } = operation;
    if (kind <= INSERT_LEFT && !this.#content.plain) return false;
    if (refReplica === ROOT) return kind === INSERT_RIGHT;
    if (kind === INSERT_RIGHT && log.continues(replica, refReplica, refSeq)) return true;
    const lowest = lowestRef(operation);
    const highest = highestRef(operation);
    if (lowest < 0 || !log.isElement(refReplica, highest)) return false;
    if (kind > INSERT_LEFT && log.seq(log.runOf(refReplica, highest)) > lowest) return false;
    if (kind > INSERT_LEFT && !this.#areRemovable(refReplica, lowest, highest)) return false;
    if (!this.#content.mayCut) return true;
    if (kind !== INSERT_RIGHT && this.#cuts(refReplica, lowest)) return false;
    return kind === INSERT_LEFT || !this.#cuts(refReplica, highest + 1);
  }

  #areRemovable(replica: number, lowest: number, highest: number): boolean {
    if (this.#content.plain) return true;
    const first = this.#sequence.log.contentOf(replica, lowest);
    for (let at = first; at <= first + highest - lowest; at++)
      if (!this.#content.removable(replica, at)) return false;
    return true;
  }

  #cuts(replica: number, seq: number): boolean {
    const { log } = this.#sequence;
    return log.isElement(replica, seq) && this.#content.splits(replica, log.contentOf(replica, seq));
  }

  /** Applies everything staged and empties the stage. Returns how many operations were new. */
  commit(): number {
    this.#newReplicas = 0;
    const operation = this.#operation;
    let operations = 0;
    for (let row = 0; row < this.#staged.count; row++) {
      this.#staged.read(row, operation);
      operations += operation.size;
      this.#apply(operation);
    }
    this.#sequence.observer?.committed?.();
    this.clear();
    return operations;
  }

  /** By replica id, the next number of those that have operations here. */
  nexts(): Map<string, number> {
    const nexts = new Map<string, number>();
    for (let row = 0; row < this.#staged.count; row++) {
      this.#staged.read(row, this.#operation);
      nexts.set(this.#id(this.#operation.replica), this.#operation.seq + this.#operation.size);
    }
    return nexts;
  }

  clear(): void {
    this.#staged.clear();
    this.#spoken = [];
    if (this.#newReplicas === 0) return;
    this.#sequence.replicas.forget(this.#newReplicas);
    this.#newReplicas = 0;
    this.#beginningSize = 0;
  }

  #apply({ replica, size, kind, refReplica, refSeq, content, hidden }: Operation): void {
    if (kind > INSERT_LEFT) {
      this.#sequence.removeRun(replica, size, kind, refReplica, refSeq);
      return;
    }
    this.#content.commit(replica, content, size);
    this.#sequence.insertUnder(replica, size, kind, refReplica, refSeq, hidden);
  }

  #readTable(reader: Reader): readonly number[] {
    if (this.#beginningSize > 0 && reader.skip(this.#beginning, this.#beginningSize)) return this.#table;
    const from = reader.at;
    if (reader.byte() !== UPDATE) throw new CorruptBytesError("they are not an update");
    const format = reader.byte();
    if (format !== UPDATE_FORMAT)
      throw new CorruptBytesError(`format ${format} is not known to this version`);
    if (reader.byte() !== this.#content.tag)
      throw new InvalidUpdateError("it is for another type of sequence");
    const size = reader.uint();
    const end = reader.at + size;
    // What is remembered is written over: it counts as forgotten until all of the table has proved right.
    this.#beginningSize = 0;
    const table = this.#table;
    const count = reader.count(2);
    // Setting it to what it is would cost a call into the runtime.
    if (table.length !== count) table.length = count;
    for (let at = 0; at < count; at++) table[at] = this.#intern(reader.text());
    if (reader.at !== end) throw new CorruptBytesError("the table of replicas is not as long as stated");
    this.#beginningSize = end - from;
    this.#beginning = grown(this.#beginning, this.#beginningSize);
    reader.copy(from, this.#beginning);
    return table;
  }

  #intern(id: string): number {
    if (!isReplicaId(id)) throw new InvalidUpdateError("a replica id in it is not allowed");
    const { replicas } = this.#sequence;
    const before = replicas.size;
    const replica = replicas.intern(id);
    this.#newReplicas += replicas.size - before;
    return replica;
  }

  #id(replica: number): string {
    return this.#sequence.replicas.id(replica);
  }

  #section(reader: Reader, table: readonly number[]): MissingCause | undefined {
    const replica = table[reader.uint()];
    if (replica === undefined) throw new InvalidUpdateError("it names a replica outside its table");
    let seq = reader.uint();
    const next = this.#staged.next(replica);
    if (seq > next) return { replica: this.#id(replica), from: next, to: seq };
    for (let left = reader.count(1); left > 0; left--) {
      this.#read(reader, table, replica, seq);
      seq += this.#operation.size;
      const missing = this.#stage(this.#operation);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }

  /** Decodes the next operation into the record. */
  #read(reader: Reader, table: readonly number[], replica: number, seq: number): void {
    const operation = this.#operation;
    const head = reader.uint();
    const op = head % OP_SCALE;
    const size = (head - op) / OP_SCALE;
    if (size === 0 || seq + size > SEQ_MAX)
      throw new InvalidUpdateError("an operation has an impossible size");
    operation.replica = replica;
    operation.seq = seq;
    operation.size = size;
    operation.dropped = op >= OP_DROPPED;
    const shape = operation.dropped ? op - OP_DROPPED : op;
    operation.kind = (shape === OP_CHAIN ? INSERT_RIGHT : shape) as Kind;
    if (shape > OP_CHAIN || (operation.dropped && !isInsertion(operation)))
      throw new InvalidUpdateError(`it has an operation of unknown kind ${op}`);
    if (shape === OP_CHAIN) {
      operation.refReplica = replica;
      operation.refSeq = seq - 1;
    } else this.#readReference(reader, table);
    if (isInsertion(operation)) this.#readContent(reader);
  }

  #readReference(reader: Reader, table: readonly number[]): void {
    const operation = this.#operation;
    const number = reader.uint();
    const replica = number === 0 ? ROOT : table[number - 1];
    if (replica === undefined) throw new InvalidUpdateError("it refers to a replica outside its table");
    operation.refReplica = replica;
    if (replica === ROOT) operation.refSeq = 0;
    else operation.refSeq = replica === operation.replica ? operation.seq - reader.uint() : reader.uint();
  }

  #readContent(reader: Reader): void {
    const operation = this.#operation;
    if (this.#staged.elements + operation.size > this.#elementsMax) this.#admit(operation);
    operation.content = operation.dropped
      ? this.#content.stageDropped(operation.size)
      : this.#content.stage(reader, operation.size);
    operation.hidden = operation.dropped || this.#content.hidesStaged(operation.content);
  }

  /** What is known of an insertion takes no room. */
  #admit({ replica, seq, size }: Operation): void {
    const known = Math.min(size, Math.max(0, this.#staged.next(replica) - seq));
    if (this.#staged.elements + size - known > this.#elementsMax)
      throw new LimitExceededError(`The sequence would have more than ${this.#elementsMax} elements.`);
  }

  /** Skips what is known of the operation, checks the rest and stages it. */
  #stage(operation: Operation): MissingCause | undefined {
    if (this.#content.plain && this.#staged.lengthen(operation)) return undefined;
    checkDirection(operation);
    const known = Math.min(operation.size, this.#staged.next(operation.replica) - operation.seq);
    if (known > 0) {
      this.#compare(operation, known);
      if (known === operation.size) return undefined;
      skipFirst(operation, known);
    }
    if (operation.refReplica !== ROOT) {
      const next = this.#staged.next(operation.refReplica);
      const highest = highestRef(operation);
      if (highest >= next) return { replica: this.#id(operation.refReplica), from: next, to: highest + 1 };
      checkReference(operation, this.#staged);
    }
    if (!this.#content.plain && isInsertion(operation)) this.#checkContent(operation);
    this.#staged.push(operation);
    return undefined;
  }

  #checkContent(operation: Operation): void {
    checkHidden(operation, operation.hidden && !operation.dropped, this.#staged);
    if (!operation.dropped)
      for (const id of this.#content.references(operation.content, operation.size)) this.#spoken.push(id);
  }

  /** The same number must mean the same operation, or two writers share a replica id. */
  #compare(operation: Operation, known: number): void {
    const { log } = this.#sequence;
    const { replica } = operation;
    const end = Math.min(operation.seq + known, log.next(replica));
    for (let seq = operation.seq; seq < end; ) {
      const run = log.runOf(replica, seq);
      const size = Math.min(end, log.last(run) + 1) - seq;
      const offset = seq - operation.seq;
      const same =
        isSame(log, run, seq, operation, offset, size) &&
        (!isInsertion(operation) ||
          this.#content.matches(replica, log.contentOf(replica, seq), operation.content + offset, size));
      if (!same) throw new ReplicaReusedError(this.#id(replica), seq);
      seq += size;
    }
  }
}
