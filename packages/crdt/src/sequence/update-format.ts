import { Writer } from "../bytes/writer.ts";
import type { Content } from "./content.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Kind, REMOVE_FORWARD, ROOT } from "./log.ts";
import type { Sequence } from "./sequence.ts";
import type { Version } from "./version.ts";

/** First byte of an update, and the version of its format. */
export const UPDATE = 0xc1;
export const UPDATE_FORMAT = 1;

/** An operation in an update begins with one number: its size, and in the lowest bits what it is. */
export const OP_SCALE = 16;
/** An insertion that continues the element before it in sequence; it needs no reference. */
export const OP_CHAIN = 4;
/** Added to an insertion whose content is gone. */
export const OP_DROPPED = 8;

/** What updates are written with, one after another, of whatever sequence: what is sealed is a copy. */
const updateWriter = new Writer(256);
const bodyWriter = new Writer(256);
const opsWriter = new Writer(256);

/**
 * Writes updates: the operations a peer lacks, by id, each replica's in order and every element before what refers to it.
 *
 * Layout: UPDATE, format, content tag, table of replica ids, then sections [replica, first sequence number, count of
 * operations, operations], checksum. A reference is a replica's number in the table plus one, 0 being the root, and a
 * sequence number, which counts backwards when it is the section's own replica.
 */
export class UpdateWriter {
  readonly #sequence: Sequence;
  readonly #content: Content;
  readonly #writer = updateWriter;
  readonly #body = bodyWriter;
  readonly #ops = opsWriter;
  readonly #tableNumbers: number[] = [];
  #table: number[] = [];
  #opCount = 0;

  constructor(sequence: Sequence, content: Content) {
    this.#sequence = sequence;
    this.#content = content;
  }

  /** One replica's operations from `from` on. */
  one(replica: number, from: number): Uint8Array {
    this.#begin();
    const { log } = this.#sequence;
    const first = this.#whole(replica, from);
    this.#ops.reset();
    this.#opCount = 0;
    for (let place = log.placeOf(replica, first); place < log.runCount(replica); place++)
      this.#run(replica, log.run(replica, place), first);
    this.#section(replica, first);
    return this.#end();
  }

  /** Everything that a replica at `version` lacks. */
  since(version: Version): Uint8Array {
    const { log, replicas } = this.#sequence;
    const from: number[] = [];
    for (let replica = 0; replica < replicas.size; replica++)
      from.push(this.#whole(replica, Math.min(version.get(replicas.id(replica)) ?? 0, log.next(replica))));
    this.#begin();
    let current = -1;
    let first = 0;
    const flush = (): void => {
      if (current >= 0) this.#section(current, first);
    };
    log.inCanonicalOrder(replicas, from, (replica, run) => {
      if (replica !== current) {
        flush();
        current = replica;
        first = Math.max(from[replica]!, log.seq(run));
        this.#ops.reset();
        this.#opCount = 0;
      }
      this.#run(replica, run, from[replica]!);
    });
    flush();
    return this.#end();
  }

  /** Steps back when `from` would cut a character in two: the receiver skips what it knows. */
  #whole(replica: number, from: number): number {
    const { log } = this.#sequence;
    if (from === 0 || !log.isElement(replica, from)) return from;
    return this.#content.splits(replica, log.contentOf(replica, from)) ? from - 1 : from;
  }

  #begin(): void {
    for (const replica of this.#table) this.#tableNumbers[replica] = 0;
    this.#table = [];
    this.#body.reset();
  }

  /** Number of a replica in the table, from 1 on. */
  #number(replica: number): number {
    const number = this.#tableNumbers[replica];
    if (number) return number;
    const made = this.#table.push(replica);
    this.#tableNumbers[replica] = made;
    return made;
  }

  #section(replica: number, first: number): void {
    this.#body.uint(this.#number(replica) - 1);
    this.#body.uint(first);
    this.#body.uint(this.#opCount);
    this.#body.append(this.#ops);
  }

  /** Writes a run, or what of it lies at `from` or later. */
  #run(replica: number, run: number, from: number): void {
    const { log } = this.#sequence;
    const skip = Math.max(0, from - log.seq(run));
    const kind = log.kind(run);
    const refReplica = log.refReplica(run);
    const refSeq = log.refSeq(run);
    const seq = log.seq(run) + skip;
    const size = log.size(run) - skip;
    if (kind > INSERT_LEFT) {
      this.#head(kind, size);
      this.#ref(replica, seq, refReplica, kind === REMOVE_FORWARD ? refSeq + skip : refSeq - skip);
      return;
    }
    this.#insertions(replica, run, seq, size, skip > 0);
  }

  /** A run of insertions falls into stretches whose content is there and stretches whose content is gone. */
  #insertions(replica: number, run: number, first: number, total: number, inside: boolean): void {
    const { log } = this.#sequence;
    const refReplica = log.refReplica(run);
    const refSeq = log.refSeq(run);
    let seq = first;
    let chained = inside || this.#follows(replica, seq, refReplica, refSeq, log.kind(run));
    while (seq < first + total) {
      const at = log.content(run) + seq - log.seq(run);
      const size = this.#content.stretch(replica, at, first + total - seq);
      const dropped = this.#content.isDropped(replica, at);
      this.#head((chained ? OP_CHAIN : log.kind(run)) + (dropped ? OP_DROPPED : 0), size);
      if (!chained) this.#ref(replica, seq, refReplica, refSeq);
      if (!dropped) this.#content.write(this.#ops, replica, at, at + size);
      seq += size;
      chained = true;
    }
  }

  #follows(replica: number, seq: number, refReplica: number, refSeq: number, kind: Kind): boolean {
    return kind === INSERT_RIGHT && refReplica === replica && refSeq + 1 === seq;
  }

  #head(op: number, size: number): void {
    this.#opCount++;
    this.#ops.uint(size * OP_SCALE + op);
  }

  #ref(replica: number, seq: number, refReplica: number, refSeq: number): void {
    if (refReplica === ROOT) {
      this.#ops.byte(0);
      return;
    }
    this.#ops.uint(this.#number(refReplica));
    this.#ops.uint(refReplica === replica ? seq - refSeq : refSeq);
  }

  #end(): Uint8Array {
    const writer = this.#writer;
    writer.reset();
    writer.byte(UPDATE);
    writer.byte(UPDATE_FORMAT);
    writer.byte(this.#content.tag);
    // The table is a block of its own, so that a receiver can recognise it from the update before.
    const table = this.#ops;
    table.reset();
    table.uint(this.#table.length);
    for (const replica of this.#table) table.raw(this.#sequence.replicas.bytes(replica));
    writer.uint(table.length);
    writer.append(table);
    writer.append(this.#body);
    return writer.sealed();
  }
}
