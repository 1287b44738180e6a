import type { Step } from "../sequence/changes.ts";

/** Where the text that steps insert stands after all of them. */
export function insertedRanges(steps: readonly Step<string>[]): [from: number, to: number][] {
  let ranges: [number, number][] = [];
  for (const { index, removed, inserted } of steps) {
    const moved = inserted.length - removed;
    ranges = ranges.flatMap(([from, to]): [number, number][] => {
      const before: [number, number] = [from, Math.min(to, index)];
      const behind: [number, number] = [Math.max(from, index + removed) + moved, to + moved];
      return [before, behind].filter(([start, end]) => start < end);
    });
    if (inserted.length > 0) ranges.push([index, index + inserted.length]);
  }
  return ranges;
}

/** Ranges that touch or overlap as one, in order. */
export function union(ranges: readonly (readonly [number, number])[]): [number, number][] {
  const all: [number, number][] = [];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = all.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}
