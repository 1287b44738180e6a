import { canonicalJson } from "../kernel/codec.ts";
import type { ElementId } from "../sequence/content.ts";
import { insertedBefore, type Past, pastOf } from "../sequence/past.ts";
import type { Sequence } from "../sequence/sequence.ts";
import { Standing, type Stood } from "../sequence/standing.ts";
import type { Version } from "../sequence/version.ts";
import type { Anchor, Attributes } from "./mark.ts";
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

/** A rich text as it was at a version. */
export class RichPast {
  readonly #standing: Standing;
  /** How each character was formatted. */
  readonly #attributes: Attributes[] = [];

  constructor(sequence: Sequence, units: RichUnits, version: Version) {
    const { log } = sequence;
    const past = pastOf(sequence, version);
    this.#standing = new Standing(sequence, past.seen, (replica, seq) => {
      const at = log.contentOf(replica, seq);
      const gone = past.removed[replica]!.has(seq) || units.hides(replica, at);
      return !gone && !units.isDropped(replica, at);
    });
    const slots = formattingOf(sequence, marksAt(sequence, units, past), this.#standing);
    for (const { index, length, attributes } of slots)
      for (let slot = index + 1 - (index % 2); slot < index + length; slot += 2)
        this.#attributes[(slot - 1) / 2] = attributes;
  }

  /** The formatting in ranges; both halves of a surrogate pair are formatted as the first. */
  ranges(text: string): FormattedRange[] {
    return rangesOf(text, (at) => this.#attributes[at]!);
  }

  /** Of those ranges what was not there before, or was formatted otherwise. */
  rangesSince(before: RichPast, text: string): FormattedRange[] {
    const fresh: boolean[] = [];
    for (const { replica, seq, size, rank, visible } of this.#standing.inOrder)
      if (visible)
        for (let i = 0; i < size; i++) {
          const was = before.#attributesOf(replica, seq + i);
          fresh[rank + i] = was === undefined || !isSame(was, this.#attributes[rank + i]!);
        }
    return rangesOf(text, (at) => (fresh[at] ? this.#attributes[at]! : undefined));
  }

  #attributesOf(replica: number, seq: number): Attributes | undefined {
    const stood = this.#standing.find(replica, seq);
    return stood?.visible ? this.#attributes[stood.rank] : undefined;
  }
}

/** Joins what is formatted alike; leaves out what has no formatting to tell of. */
function rangesOf(text: string, attributesAt: (at: number) => Attributes | undefined): FormattedRange[] {
  const ranges: FormattedRange[] = [];
  for (let at = 0; at < text.length; ) {
    const length = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    const attributes = attributesAt(at);
    const last = ranges.at(-1);
    if (attributes !== undefined) {
      if (last && last.index + last.length === at && isSame(last.attributes, attributes))
        ranges[ranges.length - 1] = { ...last, length: last.length + length };
      else ranges.push({ index: at, length, attributes });
    }
    at += length;
  }
  return ranges;
}

function isSame(a: Attributes, b: Attributes): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}
