import { Changes, type Joinable, Steps } from "./changes.ts";
import type { Content } from "./content.ts";
import type { Sequence } from "./sequence.ts";

/** Content that can be shown in events. */
export interface ShownContent<Inserted extends Joinable> extends Content {
  readonly nothing: Inserted;
  join(first: Inserted, second: Inserted): Inserted;
  /** The content of entries `[from, to)`. */
  read(replica: number, from: number, to: number): Inserted;
}

/**
 * Turns what happens to a sequence into events, and really removes the content of what goes unless a history is kept.
 * Observes nothing when nobody listens and nothing is to be dropped.
 */
export function watch<Inserted extends Joinable>(
  sequence: Sequence,
  content: ShownContent<Inserted>,
  history: boolean,
): Changes<Inserted> {
  const { tree, log } = sequence;
  const changes = new Changes<Inserted>(new Steps(content.nothing, content.join), observe);
  const { recorders, steps } = changes;
  const read = (replica: number, seq: number, size: number): Inserted => {
    const at = log.contentOf(replica, seq);
    return content.read(replica, at, at + size);
  };
  function observe(): void {
    // As it is from here on: what is still open is entered under the observer before.
    const { heard } = changes;
    const recorded = recorders.size > 0;
    if (!heard && history && !recorded) {
      sequence.observer = undefined;
      return;
    }
    sequence.observer = {
      inserted(replica, seq, size) {
        if (recorded && changes.recorded)
          for (const recorder of recorders) recorder.inserted(replica, seq, size);
        if (heard) steps.inserted(tree.index() - size, read(replica, seq, size));
      },
      removing(replica, seq, size) {
        if (recorded && changes.recorded) {
          const removed = read(replica, seq, size);
          for (const recorder of recorders) recorder.removing(replica, seq, size, removed);
        }
        if (heard) steps.removed(tree.index(), size);
        if (!history) content.drop(replica, log.contentOf(replica, seq), size);
      },
    };
  }
  observe();
  return changes;
}
