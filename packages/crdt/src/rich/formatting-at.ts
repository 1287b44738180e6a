import type { ElementId } from "../sequence/content.ts";
import { insertedBefore, type Past } from "../sequence/past.ts";
import type { Sequence } from "../sequence/sequence.ts";
import type { Standing, Stood } from "../sequence/standing.ts";
import type { Anchor } from "./mark.ts";
import type { AppliedMark, RichUnits } from "./rich-units.ts";
import { type FormattedRange, runsOf } from "./runs.ts";

/** The marks that were there. */
export function marksAt(sequence: Sequence, { marks }: RichUnits, { seen }: Past): AppliedMark[] {
  const counts = seen.map((seq, replica) => insertedBefore(sequence, replica, seq));
  return marks.filter(({ replica, at }) => at < counts[replica]!);
}

/**
 * How a text was formatted, by slots: of n characters that were seen, character i is slot 2i + 1, and slot 2i is the gap
 * before it, where others may type. Typing in a gap goes behind its first character, or behind the last removed one that
 * has a border right behind it, so each border lies to the left or to the right of that slot.
 */
export function formattingOf(
  { replicas }: Sequence,
  marks: readonly AppliedMark[],
  standing: Standing,
): FormattedRange[] {
  const stood = ({ replica, seq }: ElementId): Stood => standing.of(replicas.find(replica)!, seq);
  /** By gap, the place of the last removed character that has a border right behind it. */
  const lastBorders = new Map<number, number>();
  for (const { side, element } of marks.flatMap(({ start, end }) => [start, end])) {
    if (side === "before" || element === undefined) continue;
    const { visible, rank, place } = stood(element);
    if (!visible) lastBorders.set(rank, Math.max(place, lastBorders.get(rank) ?? -1));
  }
  /** The first slot behind a border. */
  const slotOf = ({ side, element }: Anchor, without: number): number => {
    if (element === undefined) return without;
    const { visible, rank, place } = stood(element);
    if (visible) return 2 * rank + (side === "before" ? 1 : 2);
    return 2 * rank + (place <= (lastBorders.get(rank) ?? -1) ? 0 : 1);
  };
  const slots = 2 * standing.count + 1;
  const intervals = marks.map((mark) => ({
    from: slotOf(mark.start, 0),
    to: slotOf(mark.end, slots),
    mark,
  }));
  return runsOf(intervals, 0, slots, (a, b) => replicas.compare(a, b));
}
