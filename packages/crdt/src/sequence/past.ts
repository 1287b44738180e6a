import { type Joinable, type Step, Steps } from "./changes.ts";
import type { Content } from "./content.ts";
import { INSERT_LEFT, REMOVE_FORWARD } from "./log.ts";
import type { Sequence } from "./sequence.ts";
import { checkKnown, type Version } from "./version.ts";
import type { ShownContent } from "./watch.ts";

/**
 * The content as it was at a version. The order of elements never changes, so the past is the elements that were there
 * and had not been removed: no operation has to be undone or replayed. What was removed since is shown as far as its
 * content was kept. O(elements).
 */
export function contentAt<Inserted extends Joinable>(
  sequence: Sequence,
  content: ShownContent<Inserted>,
  version: Version,
): Inserted {
  let all = content.nothing;
  eachKept(sequence, content, [pastOf(sequence, version)], (replica, from, to, [there]) => {
    if (there) all = content.join(all, content.read(replica, from, to));
  });
  return all;
}

/** The steps that lead from one version to another, whichever of them is the earlier. O(elements). */
export function difference<Inserted extends Joinable>(
  sequence: Sequence,
  content: ShownContent<Inserted>,
  before: Version,
  after: Version,
): readonly Step<Inserted>[] {
  const steps = new Steps(content.nothing, content.join);
  let index = 0;
  const pasts = [pastOf(sequence, before), pastOf(sequence, after)];
  eachKept(sequence, content, pasts, (replica, from, to, [was, is]) => {
    if (was && !is) steps.removed(index, to - from);
    if (is && !was) steps.inserted(index, content.read(replica, from, to));
    if (is) index += to - from;
  });
  return steps.take();
}

/** As eachElement, but with places of content, and without what is gone. */
function eachKept(
  sequence: Sequence,
  content: Content,
  pasts: readonly Past[],
  visit: (replica: number, from: number, to: number, there: readonly boolean[]) => void,
): void {
  eachElement(sequence, pasts, (replica, seq, size, there) => {
    const first = sequence.log.contentOf(replica, seq);
    for (let at = first; at < first + size; ) {
      const count = content.stretch(replica, at, first + size - at);
      if (!content.isDropped(replica, at) && !content.hides(replica, at))
        visit(replica, at, at + count, there);
      at += count;
    }
  });
}

/** What was there at one version. */
export interface Past {
  /** Per replica, how many of its operations had been seen. */
  readonly seen: readonly number[];
  /** Per replica, the elements that had been removed. */
  readonly removed: readonly Set<number>[];
}

/** Throws UnknownVersionError for a version that has seen what is not here. */
export function pastOf(sequence: Sequence, version: Version): Past {
  const { log, replicas } = sequence;
  checkKnown(version, (id) => {
    const replica = replicas.find(id);
    return replica === undefined ? 0 : log.next(replica);
  });
  const seen = Array.from({ length: replicas.size }, (_, replica) => version.get(replicas.id(replica)) ?? 0);
  return { seen, removed: removedBy(sequence, seen) };
}

/** All elements in document order, in stretches that are alike in every past. */
export function eachElement(
  { tree }: Sequence,
  pasts: readonly Past[],
  visit: (replica: number, seq: number, size: number, there: readonly boolean[]) => void,
): void {
  if (tree.isEmpty) return;
  const thereAt = (replica: number, seq: number): boolean[] =>
    pasts.map(({ seen, removed }) => seq < seen[replica]! && !removed[replica]!.has(seq));
  tree.toStart();
  do {
    const { replica, seq: first } = tree;
    const end = first + tree.size;
    for (let seq = first; seq < end; ) {
      const there = thereAt(replica, seq);
      let next = seq + 1;
      while (next < end && thereAt(replica, next).every((is, past) => is === there[past])) next++;
      visit(replica, seq, next - seq, there);
      seq = next;
    }
  } while (tree.nextSpan());
}

/** How many elements a replica had inserted before one of its operations. */
export function insertedBefore({ log }: Sequence, replica: number, seq: number): number {
  if (seq === log.next(replica)) return log.inserted(replica);
  const run = log.runOf(replica, seq);
  return log.content(run) + (log.kind(run) <= INSERT_LEFT ? seq - log.seq(run) : 0);
}

/** Per replica the elements that operations before `seen` removed. */
export function removedBy({ log, replicas }: Sequence, seen: readonly number[]): Set<number>[] {
  const removed = Array.from({ length: replicas.size }, () => new Set<number>());
  for (let replica = 0; replica < replicas.size; replica++) {
    for (let place = 0; place < log.runCount(replica); place++) {
      const run = log.run(replica, place);
      if (log.kind(run) <= INSERT_LEFT) continue;
      const count = Math.min(log.size(run), seen[replica]! - log.seq(run));
      const step = log.kind(run) === REMOVE_FORWARD ? 1 : -1;
      for (let i = 0; i < count; i++) removed[log.refReplica(run)]!.add(log.refSeq(run) + step * i);
    }
  }
  return removed;
}

/**
 * Really removes the content of what operations have removed: bytes written by a replica that keeps its history still
 * have it, and one that keeps none would otherwise write other bytes than its peers. O(operations).
 */
export function dropRemoved({ log, replicas }: Sequence, content: Content): void {
  for (let replica = 0; replica < replicas.size; replica++)
    for (let place = 0; place < log.runCount(replica); place++) {
      const run = log.run(replica, place);
      if (log.kind(run) <= INSERT_LEFT) continue;
      const lowest = log.refSeq(run) - (log.kind(run) === REMOVE_FORWARD ? 0 : log.size(run) - 1);
      for (let seq = lowest; seq < lowest + log.size(run); seq++)
        content.drop(log.refReplica(run), log.contentOf(log.refReplica(run), seq), 1);
    }
}
