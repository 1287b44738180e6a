import { createList, decodeList, type List } from "../list/list.ts";
import type { Changes, Joinable } from "../sequence/changes.ts";
import type { Cursor, CursorSide } from "../sequence/cursor.ts";
import type { Engine, SequenceLimits } from "../sequence/engine.ts";
import { EngineReplica } from "../sequence/replicated.ts";
import type { Undo } from "../sequence/undo.ts";
import { createText, decodeText, type Text } from "../text/text.ts";
import type { Path } from "./paths.ts";
import type { ListSchema, TextSchema } from "./schema.ts";

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

/** A text or list as a part of a document, with the way to its engine. */
export class SequencePart {
  readonly path: Path;
  readonly schema: TextSchema | ListSchema<unknown>;
  readonly sequence: Text | List<unknown>;
  readonly engine: Engine;
  readonly changes: Changes<Joinable>;
  undo: Undo | undefined;

  constructor(path: Path, schema: TextSchema | ListSchema<unknown>, sequence: Text | List<unknown>) {
    const inside = EngineReplica.inside(sequence as unknown as EngineReplica<Joinable>);
    this.path = path;
    this.schema = schema;
    this.sequence = sequence;
    this.engine = inside.engine;
    this.changes = inside.changes;
  }

  get length(): number {
    return this.engine.sequence.length;
  }

  clear(): void {
    if (this.length > 0) this.sequence.remove(0, this.length);
  }

  value(): string | readonly unknown[] {
    return this.schema.kind === "text"
      ? this.sequence.toString()
      : (this.sequence as List<unknown>).toArray();
  }
}

export interface SequenceOptions extends Partial<SequenceLimits> {
  readonly replica: string;
}

export function emptyPart(
  path: Path,
  schema: TextSchema | ListSchema<unknown>,
  options: SequenceOptions,
): SequencePart {
  const sequence = schema.kind === "text" ? createText(options) : createList(schema.codec, options);
  return new SequencePart(path, schema, sequence);
}

export function decodedPart(
  path: Path,
  schema: TextSchema | ListSchema<unknown>,
  bytes: Uint8Array,
  options: SequenceOptions,
): SequencePart {
  const sequence =
    schema.kind === "text" ? decodeText(bytes, options) : decodeList(schema.codec, bytes, options);
  return new SequencePart(path, schema, sequence);
}
