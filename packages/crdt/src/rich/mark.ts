import { told } from "../arguments.ts";
import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";
import { type Codec, canonicalJson, json } from "../kernel/codec.ts";
import { TIME_MAX } from "../registers/lww-register.ts";
import type { ElementId } from "../sequence/content.ts";

/** Formatting of characters by name: `{ bold: true, link: "https://…" }`. Values are JSON, and not null. */
export type Attributes = Readonly<Record<string, unknown>>;

/** On which sides of the marked text what is typed there takes the mark over. */
export type Expand = "after" | "before" | "both" | "none";

/**
 * A border of a mark: right before or right after a character, removed ones included, so that it says on which side of
 * the border new characters come to stand. Without a character it is the start or the end of the text.
 */
export interface Anchor {
  readonly side: "before" | "after";
  readonly element?: ElementId;
}

/** One change of formatting: everything between two anchors gets a value under a name; null takes the name away. */
export interface Mark {
  readonly name: string;
  /** Canonical JSON. */
  readonly value: string;
  readonly start: Anchor;
  readonly end: Anchor;
  /** Lamport time: of marks with one name on one character, the latest counts. */
  readonly time: number;
}

const NAME_UNITS_MAX = 128;

const expands: readonly unknown[] = ["after", "before", "both", "none"] satisfies Expand[];

/** The sides of all marks, refused when one is none. */
export function checkedRules(marks: Readonly<Record<string, Expand>>): Readonly<Record<string, Expand>> {
  for (const [name, side] of Object.entries(marks))
    if (!expands.includes(side))
      throw new InvalidArgumentError(
        `What is typed at the mark ${JSON.stringify(name)} is taken over "after" it, "before" it, at "both" ends or ` +
          `at "none", and not ${told(side)}.`,
      );
  return marks;
}

/** First byte of a mark among content. No UTF-8 has it, so text needs nothing to tell it from a mark. */
export const MARK = 0xff;

export const NOTHING: string = canonicalJson(null);

/** Refuses what is no formatting. */
export function checkAttributes(attributes: unknown): void {
  if (attributes === null || typeof attributes !== "object")
    throw new InvalidArgumentError(
      `Formatting is given by name, as { bold: true }, and { bold: null } takes it away; not ${told(attributes)}.`,
    );
}

export function checkName(name: string): void {
  if (name.length === 0 || name.length > NAME_UNITS_MAX || !name.isWellFormed())
    throw new InvalidArgumentError(
      `The name of a mark must be well-formed text of 1 to ${NAME_UNITS_MAX} units; got ${JSON.stringify(name)}.`,
    );
}

export const mark: Codec<Mark> = {
  write(writer, { name, value, start, end, time }) {
    writer.byte(MARK);
    writer.text(name);
    writer.text(value);
    writeAnchor(writer, start);
    writeAnchor(writer, end);
    writer.uint(time);
  },
  read(reader) {
    if (reader.byte() !== MARK) throw new CorruptBytesError("a mark does not begin like one");
    const name = reader.text();
    if (name.length === 0 || name.length > NAME_UNITS_MAX)
      throw new CorruptBytesError("the name of a mark is too short or too long");
    const value = canonicalJson(json.read(reader));
    const [start, end] = [readAnchor(reader), readAnchor(reader)];
    const time = reader.uint();
    if (time === 0 || time > TIME_MAX) throw new CorruptBytesError("a time is out of range");
    return { name, value, start, end, time };
  },
};

const sides = ["before", "after"] as const;

function writeAnchor(writer: Writer, { side, element }: Anchor): void {
  writer.byte(sides.indexOf(side) + (element ? 2 : 0));
  if (element === undefined) return;
  writer.text(element.replica);
  writer.uint(element.seq);
}

function readAnchor(reader: Reader): Anchor {
  const head = reader.byte();
  const side = sides[head % 2]!;
  if (head > 3) throw new CorruptBytesError("an anchor is of unknown kind");
  return head < 2 ? { side } : { side, element: { replica: reader.text(), seq: reader.uint() } };
}
