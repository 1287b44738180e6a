import { canonicalJson } from "../../kernel/codec.ts";
import { formattingOf, marksAt } from "../../rich/formatting-at.ts";
import type { Anchor, Mark } from "../../rich/mark.ts";
import type { AppliedMark, RichUnits } from "../../rich/rich-units.ts";
import { INSERT_RIGHT, type Kind, ROOT } from "../../sequence/log.ts";
import type { Standing } from "../../sequence/standing.ts";
import { BASE } from "../version.ts";
import { Carrying } from "./carrying.ts";

/** One value of one name from a slot to another. */
interface Stretch {
  readonly name: string;
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Carries a rich text over. Of the marks that were there only what they came to is kept: for each name, where which value
 * counted, gaps included, as marks of `~`. All later marks were made by replicas that had seen those, so they are later than
 * them in Lamport time, and go on counting from there. An empty text keeps no formatting.
 */
export class RichCarrying extends Carrying {
  #standing!: Standing;
  /** The time of the latest mark that is forgotten. */
  #latest = 0;

  get #units(): RichUnits {
    return this.old.content as RichUnits;
  }

  protected override laid(standing: Standing): void {
    this.#standing = standing;
    const { sequence } = this.old;
    const marks = marksAt(sequence, this.#units, this.past);
    this.#latest = marks.reduce((latest, { time }) => Math.max(latest, time), 0);
    if (standing.count === 0) return;
    for (const { name, value, from, to } of stretchesOf(formattingOf(sequence, marks, standing)))
      this.#put(this.base, {
        name,
        value,
        start: from % 2 === 1 ? before((from - 1) / 2) : behind(from / 2 - 1),
        end: to % 2 === 0 ? behind(to / 2 - 1) : to > 2 * standing.count ? nowhere : before((to - 1) / 2),
        time: 1,
      });
  }

  protected override copy(
    author: number,
    size: number,
    kind: Kind,
    refReplica: number,
    refSeq: number,
    replica: number,
    at: number,
  ): void {
    const mark = this.#units.markAt(replica, at);
    if (mark === undefined) super.copy(author, size, kind, refReplica, refSeq, replica, at);
    else this.#put(author, this.#carried(mark));
  }

  #carried({ name, value, start, end, time }: AppliedMark): Mark {
    const anchor = ({ side, element }: Anchor): Anchor =>
      element === undefined ? { side } : { side, element: this.idOf(this.#standing, element) };
    return {
      name,
      value,
      start: anchor(start),
      end: anchor(end),
      time: Math.max(1, time - this.#latest) + 1,
    };
  }

  #put(author: number, mark: Mark): void {
    (this.fresh.content as RichUnits).appendMark(author, mark);
    this.fresh.sequence.insertUnder(author, 1, INSERT_RIGHT, ROOT, 0, true);
  }
}

const nowhere: Anchor = { side: "before" };

function before(rank: number): Anchor {
  return { side: "before", element: { replica: BASE, seq: rank } };
}

function behind(rank: number): Anchor {
  return rank < 0 ? { side: "after" } : { side: "after", element: { replica: BASE, seq: rank } };
}

/** For each name the stretches of slots with one value, in one order on all replicas. */
function stretchesOf(
  ranges: readonly { readonly index: number; readonly length: number; readonly attributes: object }[],
): Stretch[] {
  const open = new Map<string, Stretch>();
  const all: Stretch[] = [];
  const close = (stretch: Stretch, to: number): void => {
    all.push({ ...stretch, to });
    open.delete(stretch.name);
  };
  for (const { index, length, attributes } of ranges) {
    const values = new Map(Object.entries(attributes).map(([name, value]) => [name, canonicalJson(value)]));
    for (const stretch of [...open.values()])
      if (values.get(stretch.name) !== stretch.value) close(stretch, index);
    for (const [name, value] of values)
      if (!open.has(name)) open.set(name, { name, value, from: index, to: index + length });
  }
  const end = ranges.reduce((last, { index, length }) => Math.max(last, index + length), 0);
  for (const stretch of [...open.values()]) close(stretch, end);
  return all.sort((a, b) => a.from - b.from || (a.name < b.name ? -1 : 1));
}
