import { createList, decodeList, type List } from "../list/list.ts";
import { createMovableList, decodeMovableList, type MovableList } from "../list/movable-list.ts";
import type { Attributes } from "../rich/mark.ts";
import { createRichText, decodeRichText, type FormattedText, type RichText } from "../rich/rich-text.ts";
import type { FormattedRange } from "../rich/runs.ts";
import type { Changes, Joinable, Step } from "../sequence/changes.ts";
import type { ElementId } from "../sequence/content.ts";
import type { Cursor, CursorSide } from "../sequence/cursor.ts";
import type { Engine, SequenceLimits } from "../sequence/engine.ts";
import { SEQUENCE_OPTIONS } from "../sequence/options.ts";
import { EngineReplica } from "../sequence/replicated.ts";
import type { Undo } from "../sequence/undo.ts";
import type { Version } from "../sequence/version.ts";
import { createText, decodeText, type Text } from "../text/text.ts";
import type { Path } from "./paths.ts";
import type { SequenceSchema } from "./schema.ts";

/** A text within a document. */
export interface TextView {
  /** In UTF-16 code units. */
  readonly length: number;
  insert(index: number, text: string): void;
  remove(index: number, count: number): void;
  toString(): string;
  slice(from: number, to?: number): string;
  /** A place that stays between the same characters, until what is removed is forgotten. */
  cursorAt(index: number, side?: CursorSide): Cursor;
  indexOf(cursor: Cursor): number | undefined;
}

/** A list of values within a document. */
export interface ListView<T> extends Iterable<T> {
  readonly length: number;
  insert(index: number, ...values: readonly T[]): void;
  push(...values: readonly T[]): void;
  remove(index: number, count?: number): void;
  get(index: number): T | undefined;
  toArray(): T[];
  cursorAt(index: number, side?: CursorSide): Cursor;
  indexOf(cursor: Cursor): number | undefined;
}

/** A text with marks within a document. */
export interface RichTextView extends TextView {
  /** Without `attributes` the text is formatted as the marks around it want it; with them, just so. */
  insert(index: number, text: string, attributes?: Attributes): void;
  /** Marks `length` units from `index` on; a value of null takes the mark away. */
  format(index: number, length: number, attributes: Attributes): void;
  runs(from?: number, to?: number): readonly FormattedText[];
}

/** A list within a document whose values move and are replaced. */
export interface MovableListView<T> extends ListView<T> {
  /** Moves the item at `from`, so that it stands at `to` afterwards. */
  move(from: number, to: number): void;
  /** Replaces what the item at an index holds. */
  set(index: number, value: T): void;
  /** Names the item at an index, wherever it moves, until what is removed is forgotten. */
  itemAt(index: number): ElementId | undefined;
  indexOfItem(item: ElementId): number | undefined;
}

export type AnySequence = Text | RichText | List<unknown> | MovableList<unknown>;

/**
 * A text or list as a part of a document, with the way to its engine. A text that was loaded is read without one; `opened`
 * is called when it is needed, before anything is edited.
 */
export class SequencePart {
  readonly path: Path;
  readonly schema: SequenceSchema;
  readonly sequence: AnySequence;
  opened: ((part: SequencePart) => void) | undefined;
  undo: Undo | undefined;
  #inside: { readonly engine: Engine; readonly changes: Changes<Joinable> } | undefined;

  constructor(path: Path, schema: SequenceSchema, sequence: AnySequence) {
    this.path = path;
    this.schema = schema;
    this.sequence = sequence;
  }

  get isOpen(): boolean {
    return this.#inside !== undefined;
  }

  get engine(): Engine {
    return this.#open().engine;
  }

  get changes(): Changes<Joinable> {
    return this.#open().changes;
  }

  get length(): number {
    return this.sequence.length;
  }

  version(): Version {
    return this.sequence.version();
  }

  clear(): void {
    if (this.length > 0) this.sequence.remove(0, this.length);
  }

  value(): unknown {
    if (this.schema.kind === "text") return this.sequence.toString();
    if (this.schema.kind === "richText") return (this.sequence as RichText).runs();
    return (this.sequence as List<unknown> | MovableList<unknown>).toArray();
  }

  valueAt(version: Version): Joinable {
    return this.schema.kind === "richText"
      ? (this.sequence as RichText).runsAt(version)
      : this.sequence.at(version);
  }

  /** What leads from one version to another. */
  changesBetween(before: Version, after: Version): PartChange {
    const steps = this.sequence.diff(before, after);
    if (this.schema.kind !== "richText") return { steps };
    return { steps, formatted: (this.sequence as RichText).formatDiff(before, after) };
  }

  #open(): { readonly engine: Engine; readonly changes: Changes<Joinable> } {
    if (this.#inside === undefined) {
      this.#inside = EngineReplica.inside(this.sequence as unknown as EngineReplica<Joinable>);
      this.opened?.(this);
    }
    return this.#inside;
  }
}

/** What happened in a text or list. */
export interface PartChange {
  readonly steps: readonly Step<Joinable>[];
  readonly formatted?: readonly FormattedRange[];
}

export interface SequenceOptions extends Partial<SequenceLimits> {
  readonly replica: string;
  /** Keep what is removed. */
  readonly history?: boolean;
}

/** What of a document's options concerns its texts and lists. */
export function sequenceOptionsOf(options: SequenceOptions): SequenceOptions {
  const theirs = Object.entries(options).filter(([name]) => SEQUENCE_OPTIONS.includes(name));
  return Object.fromEntries(theirs) as unknown as SequenceOptions;
}

export function emptyPart(path: Path, schema: SequenceSchema, options: SequenceOptions): SequencePart {
  return new SequencePart(path, schema, emptySequence(schema, options));
}

export function decodedPart(
  path: Path,
  schema: SequenceSchema,
  bytes: Uint8Array,
  options: SequenceOptions,
): SequencePart {
  return new SequencePart(path, schema, decodedSequence(schema, bytes, options));
}

/** What a text or list reads as where nothing was ever done. */
export function emptyValue({ kind }: SequenceSchema): unknown {
  return kind === "text" ? "" : [];
}

function emptySequence(schema: SequenceSchema, options: SequenceOptions): AnySequence {
  if (schema.kind === "text") return createText(options);
  if (schema.kind === "richText") return createRichText({ ...options, marks: schema.marks });
  if (schema.kind === "list") return createList(schema.codec, options);
  return createMovableList(schema.codec, { ...options, records: true });
}

function decodedSequence(schema: SequenceSchema, bytes: Uint8Array, options: SequenceOptions): AnySequence {
  if (schema.kind === "text") return decodeText(bytes, options);
  if (schema.kind === "richText") return decodeRichText(bytes, { ...options, marks: schema.marks });
  if (schema.kind === "list") return decodeList(schema.codec, bytes, options);
  return decodeMovableList(schema.codec, bytes, { ...options, records: true });
}
