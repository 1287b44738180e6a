import { InvalidArgumentError, InvalidUpdateError } from "../errors.ts";
import { canonicalJson, frozen } from "../kernel/codec.ts";
import { TIME_MAX } from "../registers/lww-register.ts";
import type { ChangeEvent } from "../sequence/changes.ts";
import {
  type Compression,
  type EncodeOptions,
  Engine,
  limitsOf,
  type SequenceLimits,
} from "../sequence/engine.ts";
import { INSERT_LEFT, INSERT_RIGHT, ROOT } from "../sequence/log.ts";
import { checkSequenceOptions } from "../sequence/options.ts";
import { dropRemoved } from "../sequence/past.ts";
import type { HeirOf } from "../sequence/undo.ts";
import type { Version } from "../sequence/version.ts";
import {
  checkText,
  EngineText,
  type Text,
  type TextEvent,
  type TextListener,
  type TextOptions,
} from "../text/text.ts";
import { RichPast } from "./formatting-at.ts";
import {
  type Anchor,
  type Attributes,
  checkAttributes,
  checkedRules,
  checkName,
  type Expand,
  type Mark,
  NOTHING,
} from "./mark.ts";
import { insertedRanges, union } from "./ranges.ts";
import { type AppliedMark, elementsOf, RichUnits } from "./rich-units.ts";
import { type FormattedRange, type Interval, runsOf } from "./runs.ts";

export interface RichTextOptions extends TextOptions {
  /**
   * How each mark takes over what is typed at its borders; `"after"` when a name is not here. What stands behind a colon
   * is not looked at, so that marks of one kind can overlap: `"comment:17"` and `"comment:18"` go by `comment`.
   */
  readonly marks?: Readonly<Record<string, Expand>>;
}

/** Text that is formatted alike. */
export interface FormattedText {
  readonly insert: string;
  readonly attributes: Attributes;
}

export interface RichTextEvent extends TextEvent {
  /** After the steps, these ranges are formatted so; what was inserted has no formatting but this. */
  readonly formatted: readonly FormattedRange[];
}

/**
 * A text with marks: bold, links, comments. A mark stands between two characters and not at two indexes, so whatever
 * others type or remove meanwhile, it covers what its writer meant; of marks with one name that overlap, the later one
 * counts where they do, and marks with different names do not disturb each other (Litt, Lim, Kleppmann and van
 * Hardenberg, "Peritext: A CRDT for Collaborative Rich Text Editing", 2022).
 *
 * A mark is an element of the text's sequence that is never seen, so marks are replicated, held and encoded as text is.
 */
export interface RichText extends Omit<Text, "onChange" | "encode"> {
  /**
   * Inserts well-formed text. Without `attributes` it is formatted as the marks around it want it; with them, just so.
   * Throws InvalidArgumentError or LimitExceededError.
   */
  insert(index: number, text: string, attributes?: Attributes): void;
  /** Marks `length` units from `index` on; a value of null takes the mark away. Throws InvalidArgumentError. */
  format(index: number, length: number, attributes: Attributes): void;
  /** The text and its formatting, in runs that are as long as can be. O(m log n) for m marks. */
  runs(from?: number, to?: number): readonly FormattedText[];
  /** The text and its formatting at a version. O(n log n). Throws UnknownVersionError. */
  runsAt(version: Version): readonly FormattedText[];
  /** Once the steps of `diff` are done, how the ranges are formatted that came or changed. O(n log n). Throws UnknownVersionError. */
  formatDiff(before: Version, after: Version): readonly FormattedRange[];
  onChange(listener: (event: RichTextEvent) => void): () => void;
  encode(options?: Pick<EncodeOptions, "compression">): Uint8Array;
}

/** An empty rich text. */
export function createRichText(options: RichTextOptions): RichText {
  checkSequenceOptions(options, "marks");
  const limits = limitsOf(options);
  const units = new RichUnits();
  return new EngineRichText(Engine.create(options.replica, units, limits), units, limits, options);
}

/** A rich text from the bytes of `encode`. Throws CorruptBytesError, InvalidUpdateError or LimitExceededError. */
export function decodeRichText(
  bytes: Uint8Array,
  options: RichTextOptions & { readonly compression?: Compression },
): RichText {
  checkSequenceOptions(options, "marks");
  const limits = limitsOf(options);
  const units = new RichUnits();
  const engine = Engine.decode(bytes, options.replica, units, limits, options.compression);
  return new EngineRichText(engine, units, limits, options);
}

/** Elements that stand in a row. */
interface Stretch {
  readonly replica: number;
  readonly seq: number;
  readonly size: number;
}

class EngineRichText extends EngineText implements RichText {
  declare protected readonly content: RichUnits;
  readonly #rules: ReadonlyMap<string, Expand>;
  /** Marks that listeners have been told of. */
  #told: number;

  constructor(engine: Engine, units: RichUnits, limits: SequenceLimits, options: RichTextOptions) {
    super(() => engine, units, limits, options.history ?? false);
    this.#rules = new Map(Object.entries(checkedRules(options.marks ?? {})));
    this.#checkMarks();
    if (!options.history) dropRemoved(engine.sequence, units);
    this.#told = units.marks.length;
    this.changes.complete = (event) => this.#complete(event);
  }

  /** A document tells which elements are hidden; that marks are, and stand alone, is not to be taken on trust. */
  #checkMarks(): void {
    const { sequence } = this.engine;
    const { log, replicas } = sequence;
    for (let replica = 0; replica < replicas.size; replica++)
      for (let place = 0; place < log.runCount(replica); place++) {
        const run = log.run(replica, place);
        if (log.kind(run) > INSERT_LEFT) continue;
        const alone = log.size(run) === 1 && log.refReplica(run) === ROOT;
        for (let i = 0; i < log.size(run); i++)
          if (this.content.hides(replica, log.content(run) + i)) {
            if (!alone) throw new InvalidUpdateError("a mark stands elsewhere than below the root");
            sequence.hide(replica, log.seq(run), 1);
          }
      }
    for (const applied of this.content.marks)
      for (const { replica, seq } of elementsOf(applied)) {
        const known = replicas.find(replica);
        if (known === undefined || !log.isElement(known, seq))
          throw new InvalidUpdateError("a mark speaks of a character that was never there");
      }
  }

  /** With all that is kept, or the marks would be missing. */
  override encode({ compression }: Pick<EncodeOptions, "compression"> = {}): Uint8Array {
    return this.engine.encode({ history: true, ...(compression && { compression }) });
  }

  override onChange(listener: (event: RichTextEvent) => void): () => void {
    return super.onChange(listener as TextListener);
  }

  override insert(index: number, text: string, attributes?: Attributes): void {
    if (attributes === undefined) {
      this.#insertPlain(index, text);
      return;
    }
    const wanted = toMarks(attributes);
    this.transact(() => {
      const at = this.snap(index);
      this.#insertPlain(index, text);
      this.#setFormat(at, text.length, wanted);
    });
  }

  override remove(index: number, count: number): void {
    this.checkStretch(index, count);
    if (count === 0) return;
    this.transact(() => {
      // Undone, the text comes back as new elements, which may stand outside of marks that the old ones had.
      if (this.changes.recorded) this.#recordFormat(this.snap(index), this.snapUp(index + count));
      super.remove(index, count);
    });
  }

  format(index: number, length: number, attributes: Attributes): void {
    this.checkStretch(index, length);
    const wanted = toMarks(attributes);
    if (length === 0 || wanted.size === 0) return;
    const [from, to] = [this.snap(index), this.snapUp(index + length)];
    this.transact(() => {
      if (this.changes.recorded) this.#recordFormat(from, to, [...wanted.keys()]);
      for (const [name, value] of wanted) this.#mark(from, to, name, value);
    });
  }

  runs(from = 0, to: number = this.length): readonly FormattedText[] {
    this.checkRange(from, to);
    return this.#rangesOf(this.#intervals(), from, to).map(({ index, length, attributes }) => ({
      insert: this.slice(index, index + length),
      attributes,
    }));
  }

  runsAt(version: Version): readonly FormattedText[] {
    const text = this.at(version);
    const ranges = new RichPast(this.engine.sequence, this.content, version).ranges(text);
    return ranges.map(({ index, length, attributes }) => ({
      insert: text.slice(index, index + length),
      attributes,
    }));
  }

  formatDiff(before: Version, after: Version): readonly FormattedRange[] {
    const [was, is] = [before, after].map(
      (version) => new RichPast(this.engine.sequence, this.content, version),
    ) as [RichPast, RichPast];
    return is.rangesSince(was, this.at(after));
  }

  /**
   * Where something removed stands at the index, and a mark ends or begins behind it, new text belongs behind it as well:
   * else it would come to stand in a mark that was not to grow (Peritext, section 3.3 on tombstones).
   */
  #insertPlain(index: number, text: string): void {
    checkText(text);
    // Where the text before found none, there is none now.
    if (this.goesOn(index, text)) return;
    this.checkRange(index, index);
    const border = this.content.hasBordersAfter ? this.#borderAt(this.snap(index)) : undefined;
    if (border === undefined) super.insert(index, text);
    else if (text.length > 0) this.insertBehind(border.replica, border.seq, text);
  }

  /** The last removed element between an index and the next character that a border stands right behind. */
  #borderAt(index: number): { replica: number; seq: number } | undefined {
    const { tree, replicas } = this.engine.sequence;
    if (tree.isEmpty) return undefined;
    let found: { replica: number; seq: number } | undefined;
    tree.seekAfter(index);
    if (index > 0 && tree.offset < tree.size) return undefined;
    if (index > 0 && !tree.nextSpan()) return undefined;
    while (tree.removed) {
      const { replica, seq: from, size } = tree;
      const seq = this.content.borderAfter(replicas.id(replica), from, from + size);
      if (seq !== undefined) found = { replica, seq };
      if (!tree.nextSpan()) break;
    }
    return found;
  }

  /** Puts a mark on what stands between two indexes. */
  #mark(from: number, to: number, name: string, value: string): void {
    const { sequence, self } = this.engine;
    const expand = this.#expand(name, value);
    const start: Anchor = expand === "before" || expand === "both" ? this.#after(from) : this.#before(from);
    const end: Anchor = expand === "after" || expand === "both" ? this.#before(to) : this.#after(to);
    const time = this.content.latest + 1;
    if (time > TIME_MAX) throw new InvalidArgumentError("The text was marked too often.");
    const made: Mark = { name, value, start, end, time };
    this.engine.admit(1, 1, this.limits.elementsMax);
    this.content.appendMark(self, made);
    sequence.insertUnder(self, 1, INSERT_RIGHT, ROOT, 0, true);
  }

  /** What takes a mark away takes over what the mark would not: else the mark would come back at the borders. */
  #expand(name: string, value: string): Expand {
    const expand = this.#rules.get(name.split(":", 1)[0]!) ?? "after";
    if (value !== NOTHING) return expand;
    return expand === "none" ? "both" : expand === "both" ? "none" : expand;
  }

  /** The border right before the character at an index, or the end. */
  #before(index: number): Anchor {
    return { side: "before", ...this.#elementAt(index) };
  }

  /** The border right behind the character before an index, or the start. */
  #after(index: number): Anchor {
    return { side: "after", ...this.#elementAt(index - 1) };
  }

  #elementAt(index: number): Pick<Anchor, "element"> {
    if (index < 0 || index >= this.length) return {};
    const { tree, replicas } = this.engine.sequence;
    tree.seekBefore(index);
    return { element: { replica: replicas.id(tree.replica), seq: tree.seq + tree.offset } };
  }

  /** Where all marks stand now. Those on nothing are left out. */
  #intervals(): Interval[] {
    return this.content.marks.map((applied) => this.#interval(applied));
  }

  #interval(applied: AppliedMark): Interval {
    return {
      from: this.#indexOf(applied.start, 0),
      to: this.#indexOf(applied.end, this.length),
      mark: applied,
    };
  }

  #indexOf({ side, element }: Anchor, without: number): number {
    if (element === undefined) return without;
    const { tree, replicas } = this.engine.sequence;
    tree.seekElement(replicas.find(element.replica)!, element.seq);
    const index = tree.index();
    return this.snap(side === "after" && !tree.removed ? index + 1 : index);
  }

  #rangesOf(intervals: readonly Interval[], from: number, to: number): FormattedRange[] {
    const { replicas } = this.engine.sequence;
    return runsOf(intervals, from, to, (a, b) => replicas.compare(a, b));
  }

  /** Tells with the steps how what came is formatted, and what marks that came have changed. */
  #complete(event: ChangeEvent<string>): RichTextEvent | undefined {
    const fresh = this.content.marks.slice(this.#told);
    this.#told = this.content.marks.length;
    if (!this.changes.heard || (event.steps.length === 0 && fresh.length === 0)) return undefined;
    const intervals = this.#intervals();
    const touched = insertedRanges(event.steps);
    for (const applied of fresh) {
      const { from, to } = this.#interval(applied);
      if (from < to) touched.push([from, to]);
    }
    const formatted = union(touched).flatMap(([from, to]) => this.#rangesOf(intervals, from, to));
    return { ...event, formatted: frozen(formatted) };
  }

  /** Records how a range is formatted, by its elements, for whoever may undo what comes now. */
  #recordFormat(from: number, to: number, names?: readonly string[]): void {
    const before = this.#rangesOf(this.#intervals(), from, to).map(({ index, length, attributes }) => ({
      stretches: this.#stretches(index, index + length),
      wanted: toMarks(attributes),
    }));
    for (const recorder of this.changes.recorders)
      recorder.done((heirOf) => {
        for (const { stretches, wanted } of before)
          for (const stretch of stretches)
            for (const [index, length] of this.#seen(stretch, heirOf))
              this.#setFormat(index, length, wanted, names);
      });
  }

  #stretches(from: number, to: number): Stretch[] {
    const { tree } = this.engine.sequence;
    const stretches: Stretch[] = [];
    let rest = to - from;
    tree.seekBefore(from);
    for (; rest > 0; tree.nextSpan()) {
      if (tree.removed) continue;
      const size = Math.min(rest, tree.size - tree.offset);
      stretches.push({ replica: tree.replica, seq: tree.seq + tree.offset, size });
      rest -= size;
    }
    return stretches;
  }

  /** Where elements, or those that stand for them now, are seen: pieces of [index, length]. */
  #seen({ replica, seq, size }: Stretch, heirOf: HeirOf): [index: number, length: number][] {
    const pieces: [number, number][] = [];
    for (let i = 0; i < size; i++) {
      const index = this.engine.sequence.indexOf(...heirOf(replica, seq + i));
      if (index === undefined) continue;
      const last = pieces.at(-1);
      if (last && last[0] + last[1] === index) last[1]++;
      else pieces.push([index, 1]);
    }
    return pieces;
  }

  /** Formats a range so, and not otherwise, as far as the given names go. */
  #setFormat(
    from: number,
    length: number,
    wanted: ReadonlyMap<string, string>,
    names?: readonly string[],
  ): void {
    for (const run of this.#rangesOf(this.#intervals(), from, from + length)) {
      const now = toMarks(run.attributes);
      const different: [name: string, value: unknown][] = [];
      for (const name of names ?? new Set([...now.keys(), ...wanted.keys()]))
        if (now.get(name) !== wanted.get(name))
          different.push([name, JSON.parse(wanted.get(name) ?? NOTHING)]);
      this.format(run.index, run.length, Object.fromEntries(different));
    }
  }
}

/** By name the values as they are written; refuses what cannot be. */
function toMarks(attributes: Attributes): Map<string, string> {
  checkAttributes(attributes);
  const marks = new Map<string, string>();
  for (const [name, value] of Object.entries(attributes)) {
    checkName(name);
    marks.set(name, canonicalJson(value));
  }
  return marks;
}
