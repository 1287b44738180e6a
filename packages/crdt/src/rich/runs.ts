import type { CompareReplicas } from "../sequence/replicas.ts";
import { type Attributes, NOTHING } from "./mark.ts";
import type { AppliedMark } from "./rich-units.ts";

/** A mark and the visible indexes between which it stands. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  readonly mark: AppliedMark;
}

/** Characters that are formatted alike. */
export interface FormattedRange {
  readonly index: number;
  readonly length: number;
  readonly attributes: Attributes;
}

interface Edge {
  readonly at: number;
  readonly begins: boolean;
  readonly mark: AppliedMark;
}

/**
 * The formatting of `[from, to)` in ranges: for each name the latest of the marks that cover a character counts, all
 * others are as if they were not there. O(m log m) for m marks, if not many of them cover one character.
 */
export function runsOf(
  intervals: readonly Interval[],
  from: number,
  to: number,
  compare: CompareReplicas,
): FormattedRange[] {
  const edges: Edge[] = [];
  for (const { from: start, to: end, mark } of intervals) {
    if (Math.max(start, from) >= Math.min(end, to)) continue;
    edges.push({ at: Math.max(start, from), begins: true, mark }, { at: end, begins: false, mark });
  }
  edges.sort((a, b) => a.at - b.at);
  const covering = new Map<string, AppliedMark[]>();
  const runs: FormattedRange[] = [];
  let written: string | undefined;
  let at = from;
  const runTo = (end: number): void => {
    if (end <= at) return;
    const winners = [...covering]
      .flatMap(([name, marks]) =>
        (marks.at(-1)?.value ?? NOTHING) === NOTHING ? [] : [[name, marks.at(-1)!.value] as const],
      )
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const now = JSON.stringify(winners);
    const last = runs.at(-1);
    if (last && now === written) runs[runs.length - 1] = { ...last, length: last.length + end - at };
    else {
      const attributes = Object.fromEntries(winners.map(([name, value]) => [name, JSON.parse(value)]));
      runs.push({ index: at, length: end - at, attributes });
    }
    written = now;
    at = end;
  };
  for (const { at: edge, begins, mark } of edges) {
    if (edge >= to) break;
    runTo(edge);
    const marks = covering.get(mark.name) ?? [];
    covering.set(mark.name, marks);
    if (begins) {
      const place = marks.findLastIndex((other) => compareMarks(other, mark, compare) < 0);
      marks.splice(place + 1, 0, mark);
    } else marks.splice(marks.indexOf(mark), 1);
  }
  runTo(to);
  return runs;
}

/** The later mark counts; of marks with one time that of the higher replica id. */
function compareMarks(a: AppliedMark, b: AppliedMark, compare: CompareReplicas): number {
  return a.time - b.time || compare(a.replica, b.replica) || a.at - b.at;
}
