import type { Sequence } from "./sequence.ts";

/** Consecutive elements of a replica as they stood at a version. */
export interface Span {
  readonly replica: number;
  readonly seq: number;
  readonly size: number;
  /** Elements, removed ones included, that stood before these. */
  readonly place: number;
  /** Visible ones that did. */
  readonly rank: number;
  readonly visible: boolean;
}

/** Where one element stood. */
export interface Stood {
  readonly place: number;
  readonly rank: number;
  readonly visible: boolean;
}

/** All elements that were there at a version, in order, and where each one stood. O(elements). */
export class Standing {
  readonly inOrder: readonly Span[];
  /** How many were visible. */
  readonly count: number;
  readonly #byReplica: Span[][] = [];

  /** `seen` tells by replica how many of its operations lie before the version. */
  constructor(
    { tree, replicas }: Sequence,
    seen: readonly number[],
    isVisible: (replica: number, seq: number) => boolean,
  ) {
    const spans: Span[] = [];
    let [place, rank] = [0, 0];
    for (let replica = 0; replica < replicas.size; replica++) this.#byReplica.push([]);
    if (!tree.isEmpty) {
      tree.toStart();
      do {
        const { replica, seq: first } = tree;
        const end = Math.min(first + tree.size, seen[replica]!);
        for (let seq = first; seq < end; ) {
          const visible = isVisible(replica, seq);
          let size = 1;
          while (seq + size < end && isVisible(replica, seq + size) === visible) size++;
          const span = { replica, seq, size, place, rank, visible };
          spans.push(span);
          this.#byReplica[replica]!.push(span);
          place += size;
          if (visible) rank += size;
          seq += size;
        }
      } while (tree.nextSpan());
    }
    for (const own of this.#byReplica) own.sort((a, b) => a.seq - b.seq);
    this.inOrder = spans;
    this.count = rank;
  }

  /** Where an element stood that was there. O(log n). */
  of(replica: number, seq: number): Stood {
    return this.find(replica, seq)!;
  }

  /** Where an element stood, if it was there. O(log n). */
  find(replica: number, seq: number): Stood | undefined {
    const spans = this.#byReplica[replica];
    if (spans === undefined || spans.length === 0) return undefined;
    let low = 0;
    let high = spans.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (spans[middle]!.seq <= seq) low = middle;
      else high = middle - 1;
    }
    const { place, rank, visible, seq: first, size } = spans[low]!;
    if (seq < first || seq >= first + size) return undefined;
    return { place: place + seq - first, rank: visible ? rank + seq - first : rank, visible };
  }
}
