import { INSERT_LEFT, REMOVE_FORWARD } from "../sequence/log.ts";
import type { Sequence } from "../sequence/sequence.ts";
import type { Version } from "../sequence/version.ts";
import type { Units } from "./units.ts";

/**
 * The text as it was at a version. The order of elements never changes, so the past is the elements that were there and
 * had not been removed: no operation has to be undone or replayed.
 */
export function textAt(sequence: Sequence, units: Units, version: Version): string {
  const { tree, log, replicas } = sequence;
  const seen = Array.from({ length: replicas.size }, (_, replica) =>
    Math.min(version.get(replicas.id(replica)) ?? 0, log.next(replica)),
  );
  const removed = removedBy(sequence, seen);
  if (tree.isEmpty) return "";
  let text = "";
  tree.toStart();
  do {
    const end = Math.min(tree.seq + tree.size, seen[tree.replica]!);
    for (let seq = tree.seq; seq < end; seq++) {
      if (removed[tree.replica]!.has(seq)) continue;
      const at = log.contentOf(tree.replica, seq);
      if (!units.isDropped(tree.replica, at))
        text += String.fromCharCode(units.view(tree.replica, at, at + 1)[0]!);
    }
  } while (tree.nextSpan());
  return text;
}

/** Per replica the elements that operations before `seen` removed. */
function removedBy({ log, replicas }: Sequence, seen: readonly number[]): Set<number>[] {
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
