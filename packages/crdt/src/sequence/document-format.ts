import { Writer } from "../bytes/writer.ts";
import type { Content } from "./content.ts";
import { INSERT_LEFT, INSERT_RIGHT, REMOVE_BACKWARD, REMOVE_FORWARD, ROOT } from "./log.ts";
import { Replicas } from "./replicas.ts";
import { Sequence } from "./sequence.ts";

/** First byte of a whole document, and the version of its format. */
export const DOCUMENT = 0xc2;
export const DOCUMENT_FORMAT = 1;

/** Bits of the flags. */
export const WITH_HISTORY = 1;
export const COMPRESSED = 2;

/** What an operation does, in the lowest two bits of its entry; the size stands above. */
export const AT_INSERT = 0;
export const AT_REMOVE = 1;
export const AT_REMOVE_BACKWARD = 2;
/** The kind and the reference stand in their own column: the place is not to be had from a position. */
export const BY_ID = 3;

/**
 * Writes a whole sequence: its operations in canonical order, replayed on a scratch sequence, so that most of them can be
 * told by a visible position near the one before (eg-walker's idea: Gentle and Kleppmann, "Collaborative Text Editing
 * with Eg-walker", 2025, section 3.8), and only truly concurrent ones by reference. Equal states have equal bytes.
 *
 * The body's columns: sections [replica, operations], operations, positions, references, hidden elements, content.
 */
export class DocumentWriter {
  readonly #source: Sequence;
  readonly #content: Content;
  readonly #scratch: Sequence;
  /** Source replicas by their number in the table, and back. */
  readonly #table: number[];
  readonly #numbers: number[] = [];
  readonly #sections = new Writer();
  readonly #ops = new Writer();
  readonly #positions = new Writer();
  readonly #refs = new Writer();
  readonly #hidden = new Writer();
  /** Where each replica is expected to go on. */
  readonly #carets: number[];
  #current = -1;
  #opCount = 0;
  #removal: { index: number; size: number; direction: number } | undefined;
  #hiddenRun = { replica: 0, seq: 0, size: 0 };

  constructor(source: Sequence, content: Content) {
    const { replicas, log } = source;
    this.#source = source;
    this.#content = content;
    this.#table = replicas.sorted().filter((replica) => log.next(replica) > 0);
    const scratch = new Replicas(this.#table.length);
    for (const replica of this.#table) this.#numbers[replica] = scratch.intern(replicas.id(replica));
    this.#scratch = new Sequence(scratch);
    this.#carets = this.#table.map(() => 0);
  }

  /** The body of the document, uncompressed. */
  body(history: boolean): Uint8Array {
    const runs: number[] = [];
    const { replicas, log } = this.#source;
    const start = new Array<number>(replicas.size).fill(0);
    log.inCanonicalOrder(replicas, start, (replica, run) => {
      this.#run(replica, run);
      if (log.kind(run) <= INSERT_LEFT) runs.push(replica, run);
    });
    this.#endSection();
    this.#writeHidden();
    const body = new Writer(1024);
    body.uint(this.#table.length);
    for (const replica of this.#table) body.raw(replicas.bytes(replica));
    for (const column of [this.#sections, this.#ops, this.#positions, this.#refs, this.#hidden]) {
      body.uint(column.length);
      body.append(column);
    }
    if (history) this.#writeHistory(body, runs);
    else this.#writeVisible(body);
    return body.bytes();
  }

  #run(replica: number, run: number): void {
    if (replica !== this.#current) {
      this.#endSection();
      this.#current = replica;
    }
    if (this.#source.log.kind(run) <= INSERT_LEFT) this.#insertion(replica, run);
    else this.#removals(run);
  }

  #endSection(): void {
    if (this.#current < 0) return;
    this.#flushRemoval();
    this.#sections.uint(this.#numbers[this.#current]!);
    this.#sections.uint(this.#opCount);
    this.#opCount = 0;
  }

  #insertion(source: number, run: number): void {
    this.#flushRemoval();
    const { log } = this.#source;
    const replica = this.#numbers[source]!;
    const size = log.size(run);
    const kind = log.kind(run);
    const refSeq = log.refSeq(run);
    const refReplica = log.refReplica(run) === ROOT ? ROOT : this.#numbers[log.refReplica(run)]!;
    const scratch = this.#scratch;
    const index = this.#indexFor(kind, refReplica, refSeq);
    scratch.parentAt(index);
    const implied =
      scratch.parentKind === kind && scratch.parentReplica === refReplica && scratch.parentSeq === refSeq;
    if (implied) {
      this.#op(size, AT_INSERT);
      this.#position(replica, index, index + size);
      scratch.insertAt(replica, index, size);
    } else {
      this.#op(size, BY_ID);
      this.#reference(kind, refReplica, refSeq);
      scratch.insertUnder(replica, size, kind, refReplica, refSeq, false);
    }
  }

  /** The index at which an insertion would get this parent, if any does. */
  #indexFor(kind: number, refReplica: number, refSeq: number): number {
    if (refReplica === ROOT) return 0;
    const { tree } = this.#scratch;
    tree.seekElement(refReplica, refSeq);
    const index = tree.index();
    return kind === INSERT_RIGHT && !tree.removed ? index + 1 : index;
  }

  /** Removals go piece by piece: a run of ids may lie scattered, and some may have been removed by others before. */
  #removals(run: number): void {
    const { log } = this.#source;
    const replica = this.#numbers[this.#current]!;
    const refReplica = this.#numbers[log.refReplica(run)]!;
    const forward = log.kind(run) === REMOVE_FORWARD;
    const { tree } = this.#scratch;
    let seq = log.refSeq(run);
    for (let rest = log.size(run); rest > 0; ) {
      tree.seekElement(refReplica, seq);
      const size = Math.min(rest, forward ? tree.size - tree.offset : tree.offset + 1);
      const kind = forward ? REMOVE_FORWARD : REMOVE_BACKWARD;
      if (tree.removed) {
        this.#flushRemoval();
        this.#op(size, BY_ID);
        this.#reference(kind, refReplica, seq);
      } else this.#remove(forward ? tree.index() : tree.index() - size + 1, size, forward ? 1 : -1);
      this.#scratch.removeRun(replica, size, kind, refReplica, seq);
      seq += forward ? size : -size;
      rest -= size;
    }
  }

  /** Collects removals that go on in one direction, whatever ids they have, into one operation. */
  #remove(index: number, size: number, direction: number): void {
    const way = size === 1 ? 0 : direction;
    const before = this.#removal;
    if (before !== undefined && way >= 0 && before.direction >= 0 && index === before.index) {
      before.size += size;
      before.direction = 1;
    } else if (before !== undefined && way <= 0 && before.direction <= 0 && index + size === before.index) {
      before.index = index;
      before.size += size;
      before.direction = -1;
    } else {
      this.#flushRemoval();
      this.#removal = { index, size, direction: way };
    }
  }

  #flushRemoval(): void {
    const removal = this.#removal;
    if (removal === undefined) return;
    this.#removal = undefined;
    const { index, size, direction } = removal;
    this.#op(size, direction < 0 ? AT_REMOVE_BACKWARD : AT_REMOVE);
    this.#position(this.#numbers[this.#current]!, direction < 0 ? index + size : index, index);
  }

  /**
   * Elements that came with their content gone, before the operation that removed them: after the replay they are
   * visible on the scratch sequence alone.
   */
  #writeHidden(): void {
    const { tree } = this.#source;
    const scratch = this.#scratch.tree;
    if (tree.isEmpty || scratch.length === tree.length) return;
    tree.toStart();
    do {
      if (!tree.removed) continue;
      const replica = this.#numbers[tree.replica]!;
      const end = tree.seq + tree.size;
      for (let seq = tree.seq; seq < end; ) {
        scratch.seekElement(replica, seq);
        const size = Math.min(end - seq, scratch.size - scratch.offset);
        if (!scratch.removed) this.#hide(replica, seq, size);
        seq += size;
      }
    } while (tree.nextSpan());
    this.#flushHidden();
  }

  /** Runs are as long as can be: where the trees have split their spans depends on how the operations arrived. */
  #hide(replica: number, seq: number, size: number): void {
    const run = this.#hiddenRun;
    if (replica === run.replica && seq === run.seq + run.size) {
      run.size += size;
      return;
    }
    this.#flushHidden();
    this.#hiddenRun = { replica, seq, size };
  }

  #flushHidden(): void {
    const { replica, seq, size } = this.#hiddenRun;
    if (size > 0) for (const value of [replica, seq, size]) this.#hidden.uint(value);
  }

  #op(size: number, what: number): void {
    this.#opCount++;
    this.#ops.uint(4 * size + what);
  }

  #position(replica: number, index: number, caret: number): void {
    this.#positions.int(index - this.#carets[replica]!);
    this.#carets[replica] = caret;
  }

  #reference(kind: number, refReplica: number, refSeq: number): void {
    this.#refs.byte(kind);
    this.#refs.uint(refReplica === ROOT ? 0 : refReplica + 1);
    if (refReplica !== ROOT) this.#refs.uint(refSeq);
  }

  /** All content in the order of the operations; first how many entries are there, gone, there, ... */
  #writeHistory(body: Writer, runs: readonly number[]): void {
    const { log } = this.#source;
    const stretches = new Writer();
    const text = new Writer(1024);
    let gone = false;
    let length = 0;
    for (let i = 0; i < runs.length; i += 2) {
      const replica = runs[i]!;
      const run = runs[i + 1]!;
      for (let at = log.content(run), end = at + log.size(run); at < end; ) {
        const size = this.#content.stretch(replica, at, end - at);
        if (this.#content.isDropped(replica, at) !== gone) {
          stretches.uint(length);
          gone = !gone;
          length = 0;
        }
        length += size;
        if (!gone) this.#content.write(text, replica, at, at + size);
        at += size;
      }
    }
    stretches.uint(length);
    body.uint(stretches.length);
    body.append(stretches);
    body.append(text);
  }

  /** The visible content in document order. */
  #writeVisible(body: Writer): void {
    const { tree, log } = this.#source;
    tree.visit(0, tree.length, (replica, seq, size) => {
      const at = log.contentOf(replica, seq);
      this.#content.write(body, replica, at, at + size);
    });
  }
}
