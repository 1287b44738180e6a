import { Reader } from "../../bytes/reader.ts";
import { Writer } from "../../bytes/writer.ts";
import type { ElementId } from "../../sequence/content.ts";
import type { Engine } from "../../sequence/engine.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Kind, REMOVE_FORWARD, ROOT } from "../../sequence/log.ts";
import { type Past, pastOf } from "../../sequence/past.ts";
import { Standing } from "../../sequence/standing.ts";
import type { Version } from "../../sequence/version.ts";
import { BASE } from "../version.ts";

/** Makes an empty text or list as it would be if it had been empty when history was forgotten. */
export function plant({ sequence, content }: Engine): void {
  const base = sequence.replicas.intern(BASE);
  content.commitDropped(base, 1);
  sequence.insertUnder(base, 1, INSERT_RIGHT, ROOT, 0, true);
}

/**
 * Carries a text or list over a forgetting: what was there at the version becomes one run of `~`, in order, without any
 * trace of what was removed, and the operations after the version follow.
 *
 * Everybody had the version when it was forgotten, and all later operations were made by replicas that had all of it. So a
 * later operation refers to something later, or to a gap between two elements that were there: which of the tombstones in
 * the gap it named makes no difference. In the new sequence the gap is the place left of the element behind it, which is
 * also where typing in that gap puts a new element. The last place is held by an element that was never there.
 *
 * This class carries what is only text or values; movable lists and rich texts refine how content goes over.
 */
export class Carrying {
  protected readonly old: Engine;
  protected readonly fresh: Engine;
  protected readonly past: Past;
  /** `~`, by its number in the new sequence. */
  protected readonly base: number;

  /** `at` tells by replica id how many operations of the old sequence lie before the version. */
  constructor(old: Engine, at: Version, fresh: Engine) {
    this.old = old;
    this.fresh = fresh;
    this.base = fresh.sequence.replicas.intern(BASE);
    this.past = pastOf(old.sequence, at);
  }

  carry(): void {
    const { log, replicas } = this.old.sequence;
    const standing = this.#stand();
    this.lay(standing);
    this.insert(this.base, 1, INSERT_RIGHT, ...this.#behind(standing.count));
    this.laid(standing);
    log.inCanonicalOrder(replicas, this.past.seen, (replica, run) => {
      const skip = Math.max(0, this.past.seen[replica]! - log.seq(run));
      if (log.kind(run) <= INSERT_LEFT) this.#insertions(standing, replica, run, skip);
      else this.#removals(standing, replica, run, skip);
    });
    this.fresh.sequence.observer?.committed?.();
  }

  /** Whether an element was seen at the version. */
  protected isVisible(replica: number, seq: number): boolean {
    if (this.past.removed[replica]!.has(seq)) return false;
    const { content, sequence } = this.old;
    return content.plain || !content.hides(replica, sequence.log.contentOf(replica, seq));
  }

  /** Lays down what was there, in order. */
  protected lay(standing: Standing): void {
    const { log } = this.old.sequence;
    let rank = 0;
    for (const { replica, seq: first, size, visible } of standing.inOrder) {
      if (!visible) continue;
      for (let seq = first; seq < first + size; ) {
        const at = log.contentOf(replica, seq);
        const inRun = Math.min(log.last(log.runOf(replica, seq)) + 1, first + size) - seq;
        const piece = this.old.content.stretch(replica, at, inRun);
        this.copy(this.base, piece, INSERT_RIGHT, ...this.#behind(rank), replica, at);
        rank += piece;
        seq += piece;
      }
    }
  }

  /** Called when everything that was there is laid down. */
  protected laid(_standing: Standing): void {}

  /** Inserts elements with the content that others have in the old sequence; it may be gone. */
  protected copy(
    author: number,
    size: number,
    kind: Kind,
    refReplica: number,
    refSeq: number,
    replica: number,
    at: number,
  ): void {
    const { content } = this.fresh;
    if (this.old.content.isDropped(replica, at)) {
      this.insert(author, size, kind, refReplica, refSeq);
      return;
    }
    const writer = new Writer();
    this.old.content.write(writer, replica, at, at + size);
    content.commit(author, content.stage(new Reader(writer.bytes()), size), size);
    content.unstage(0);
    this.fresh.sequence.insertUnder(author, size, kind, refReplica, refSeq, false);
  }

  /** Inserts elements without content. */
  protected insert(author: number, size: number, kind: Kind, refReplica: number, refSeq: number): void {
    this.fresh.content.commitDropped(author, size);
    this.fresh.sequence.insertUnder(author, size, kind, refReplica, refSeq, true);
  }

  /** The rank of an element that was there, or undefined if it was removed before. */
  protected rankOf(standing: Standing, replica: number, seq: number): number | undefined {
    const { rank, visible } = standing.of(replica, seq);
    return visible ? rank : undefined;
  }

  /** The id in the new sequence of an element of the old one; that of one that was never there when it is forgotten. */
  protected idOf(standing: Standing, { replica, seq }: ElementId): ElementId {
    const known = this.old.sequence.replicas.find(replica)!;
    const [author, place] = this.#element(standing, known, seq);
    return { replica: this.fresh.sequence.replicas.id(author), seq: place };
  }

  #stand(): Standing {
    const { replicas } = this.old.sequence;
    const base = replicas.find(BASE);
    // The element that holds the last place of an earlier epoch was never there.
    if (base !== undefined) this.past.removed[base]!.add(lastPlace(this.old, base));
    return new Standing(this.old.sequence, this.past.seen, (replica, seq) => this.isVisible(replica, seq));
  }

  /** The parent of what is laid down at a rank. */
  #behind(rank: number): [refReplica: number, refSeq: number] {
    return rank === 0 ? [ROOT, 0] : [this.base, rank - 1];
  }

  #insertions(standing: Standing, replica: number, run: number, skip: number): void {
    const { log } = this.old.sequence;
    const end = log.last(run) + 1;
    let seq = log.seq(run) + skip;
    let [kind, refReplica, refSeq] = this.#gap(
      standing,
      skip > 0 ? INSERT_RIGHT : log.kind(run),
      skip > 0 ? replica : log.refReplica(run),
      skip > 0 ? seq - 1 : log.refSeq(run),
    );
    const author = this.#author(replica);
    while (seq < end) {
      const at = log.contentOf(replica, seq);
      const size = this.old.content.stretch(replica, at, end - seq);
      this.copy(author, size, kind, refReplica, refSeq, replica, at);
      seq += size;
      [kind, refReplica, refSeq] = [INSERT_RIGHT, author, seq - 1 - this.past.seen[replica]!];
    }
  }

  #removals(standing: Standing, replica: number, run: number, skip: number): void {
    const { log } = this.old.sequence;
    const author = this.#author(replica);
    const step = log.kind(run) === REMOVE_FORWARD ? 1 : -1;
    for (let i = skip; i < log.size(run); i++) {
      const [target, seq] = this.#element(standing, log.refReplica(run), log.refSeq(run) + step * i);
      this.fresh.sequence.removeRun(author, 1, REMOVE_FORWARD, target, seq);
    }
  }

  /** The parent in the new sequence for one in the old. */
  #gap(standing: Standing, kind: Kind, refReplica: number, refSeq: number): [Kind, number, number] {
    if (refReplica === ROOT) return [INSERT_LEFT, this.base, 0];
    if (refSeq >= this.past.seen[refReplica]!)
      return [kind, this.#author(refReplica), refSeq - this.past.seen[refReplica]!];
    const { rank, visible } = standing.of(refReplica, refSeq);
    return [INSERT_LEFT, this.base, rank + (visible && kind === INSERT_RIGHT ? 1 : 0)];
  }

  #element(standing: Standing, replica: number, seq: number): [number, number] {
    const before = this.past.seen[replica]!;
    if (seq >= before) return [this.#author(replica), seq - before];
    return [this.base, this.rankOf(standing, replica, seq) ?? standing.count];
  }

  #author(replica: number): number {
    return this.fresh.sequence.replicas.intern(this.old.sequence.replicas.id(replica));
  }
}

/** The element of `~` that holds the last place: behind it come only hidden ones. */
function lastPlace({ sequence, content }: Engine, base: number): number {
  let last = sequence.log.inserted(base) - 1;
  while (content.hides(base, last)) last--;
  return last;
}
