import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import type { Engine } from "../sequence/engine.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Kind, REMOVE_FORWARD, ROOT } from "../sequence/log.ts";
import type { Version } from "../sequence/version.ts";
import { BASE } from "./version.ts";

/** Consecutive elements of a replica as they stood when history was forgotten. */
interface Span {
  readonly seq: number;
  readonly size: number;
  /** Elements that were there before these. */
  readonly rank: number;
  readonly visible: boolean;
}

/**
 * Carries a text or list over a forgetting: what was there at the version becomes one run of `~`, in order, without any
 * trace of what was removed, and the operations after the version follow.
 *
 * Everybody had the version when it was forgotten, and all later operations were made by replicas that had all of it. So a
 * later operation refers to something later, or to a gap between two elements that were there: which of the tombstones in
 * the gap it named makes no difference. In the new sequence the gap is the place left of the element behind it, which is
 * also where typing in that gap puts a new element. The last place is held by an element that was never there.
 */
export function carryOver(old: Engine, at: Version, fresh: Engine): void {
  new Carrying(old, at, fresh).carry();
}

/** Makes an empty text or list as it would be if it had been empty when history was forgotten. */
export function plant({ sequence, content }: Engine): void {
  const base = sequence.replicas.intern(BASE);
  content.commitDropped(base, 1);
  sequence.insertUnder(base, 1, INSERT_RIGHT, ROOT, 0, true);
}

class Carrying {
  readonly #old: Engine;
  readonly #at: number[];
  readonly #spans: Span[][] = [];
  readonly #fresh: Engine;
  readonly #base: number;
  #count = 0;

  /** `at` tells by replica id how many operations of the old sequence lie before the version. */
  constructor(old: Engine, at: Version, fresh: Engine) {
    this.#old = old;
    this.#fresh = fresh;
    this.#base = fresh.sequence.replicas.intern(BASE);
    const { replicas } = old.sequence;
    this.#at = Array.from({ length: replicas.size }, (_, replica) => at.get(replicas.id(replica)) ?? 0);
  }

  carry(): void {
    const { log, replicas } = this.#old.sequence;
    this.#lay();
    this.#insert(
      this.#base,
      1,
      INSERT_RIGHT,
      this.#count === 0 ? ROOT : this.#base,
      this.#count - 1,
      undefined,
    );
    log.inCanonicalOrder(replicas, this.#at, (replica, run) => {
      const skip = Math.max(0, this.#at[replica]! - log.seq(run));
      if (log.kind(run) <= INSERT_LEFT) this.#insertions(replica, run, skip);
      else this.#removals(replica, run, skip);
    });
  }

  /** Lays the elements that were there at the version down in order, and notes where each one stood. */
  #lay(): void {
    const { tree } = this.#old.sequence;
    const removed = this.#removedBefore();
    if (tree.isEmpty) return;
    tree.toStart();
    do {
      const { replica, seq: first } = tree;
      const end = Math.min(first + tree.size, this.#at[replica]!);
      for (let seq = first; seq < end; ) {
        const visible = !removed[replica]!.has(seq);
        let size = 1;
        while (seq + size < end && removed[replica]!.has(seq + size) !== visible) size++;
        this.#span(replica, { seq, size, rank: this.#count, visible });
        seq += size;
      }
    } while (tree.nextSpan());
    for (const spans of this.#spans) spans?.sort((a, b) => a.seq - b.seq);
  }

  #span(replica: number, span: Span): void {
    while (this.#spans.length <= replica) this.#spans.push([]);
    this.#spans[replica]!.push(span);
    if (!span.visible) return;
    const { log } = this.#old.sequence;
    for (let seq = span.seq; seq < span.seq + span.size; ) {
      const at = log.contentOf(replica, seq);
      const inRun = Math.min(log.last(log.runOf(replica, seq)) + 1, span.seq + span.size) - seq;
      const size = this.#old.content.stretch(replica, at, inRun);
      const first = this.#count === 0;
      this.#insert(this.#base, size, INSERT_RIGHT, first ? ROOT : this.#base, this.#count - 1, [replica, at]);
      this.#count += size;
      seq += size;
    }
  }

  /** By replica, the elements that operations before the version removed. */
  #removedBefore(): Set<number>[] {
    const { log, replicas } = this.#old.sequence;
    const removed = Array.from({ length: replicas.size }, () => new Set<number>());
    for (let replica = 0; replica < replicas.size; replica++)
      for (let place = 0; place < log.runCount(replica); place++) {
        const run = log.run(replica, place);
        if (log.kind(run) <= INSERT_LEFT) continue;
        const count = Math.min(log.size(run), this.#at[replica]! - log.seq(run));
        for (let i = 0; i < count; i++)
          removed[log.refReplica(run)]!.add(targetOf(log.kind(run), log.refSeq(run), i));
      }
    // The element that holds the last place of an earlier epoch was never there.
    const base = replicas.find(BASE);
    if (base !== undefined) removed[base]!.add(log.inserted(base) - 1);
    return removed;
  }

  #insertions(replica: number, run: number, skip: number): void {
    const { log } = this.#old.sequence;
    const end = log.last(run) + 1;
    let seq = log.seq(run) + skip;
    let [kind, refReplica, refSeq] = this.#gap(
      skip > 0 ? INSERT_RIGHT : log.kind(run),
      skip > 0 ? replica : log.refReplica(run),
      skip > 0 ? seq - 1 : log.refSeq(run),
    );
    const author = this.#author(replica);
    while (seq < end) {
      const at = log.contentOf(replica, seq);
      const size = this.#old.content.stretch(replica, at, end - seq);
      this.#insert(author, size, kind, refReplica, refSeq, [replica, at]);
      seq += size;
      [kind, refReplica, refSeq] = [INSERT_RIGHT, author, seq - 1 - this.#at[replica]!];
    }
  }

  #removals(replica: number, run: number, skip: number): void {
    const { log } = this.#old.sequence;
    const author = this.#author(replica);
    for (let i = skip; i < log.size(run); i++) {
      const [target, seq] = this.#element(log.refReplica(run), targetOf(log.kind(run), log.refSeq(run), i));
      this.#fresh.sequence.removeRun(author, 1, REMOVE_FORWARD, target, seq);
    }
  }

  /** The parent in the new sequence for one in the old. */
  #gap(kind: Kind, refReplica: number, refSeq: number): [Kind, number, number] {
    if (refReplica === ROOT) return [INSERT_LEFT, this.#base, 0];
    if (refSeq >= this.#at[refReplica]!)
      return [kind, this.#author(refReplica), refSeq - this.#at[refReplica]!];
    const span = this.#spanOf(refReplica, refSeq);
    const rank = span.visible ? span.rank + refSeq - span.seq : span.rank;
    return [INSERT_LEFT, this.#base, rank + (span.visible && kind === INSERT_RIGHT ? 1 : 0)];
  }

  /** The element in the new sequence for one in the old; for one that is forgotten, the one that was never there. */
  #element(replica: number, seq: number): [number, number] {
    if (seq >= this.#at[replica]!) return [this.#author(replica), seq - this.#at[replica]!];
    const span = this.#spanOf(replica, seq);
    return [this.#base, span.visible ? span.rank + seq - span.seq : this.#count];
  }

  #spanOf(replica: number, seq: number): Span {
    const spans = this.#spans[replica]!;
    let low = 0;
    let high = spans.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (spans[middle]!.seq <= seq) low = middle;
      else high = middle - 1;
    }
    return spans[low]!;
  }

  #author(replica: number): number {
    return this.#fresh.sequence.replicas.intern(this.#old.sequence.replicas.id(replica));
  }

  /** Inserts with the content at a place of the old sequence, which may be gone. */
  #insert(
    author: number,
    size: number,
    kind: Kind,
    refReplica: number,
    refSeq: number,
    from: readonly [replica: number, at: number] | undefined,
  ): void {
    const { sequence, content } = this.#fresh;
    const gone = from === undefined || this.#old.content.isDropped(from[0], from[1]);
    if (gone) content.commitDropped(author, size);
    else {
      const writer = new Writer();
      this.#old.content.write(writer, from[0], from[1], from[1] + size);
      content.commit(author, content.stage(new Reader(writer.bytes()), size), size);
      content.unstage(0);
    }
    sequence.insertUnder(author, size, kind, refReplica, refReplica === ROOT ? 0 : refSeq, gone);
  }
}

function targetOf(kind: Kind, first: number, offset: number): number {
  return kind === REMOVE_FORWARD ? first + offset : first - offset;
}
