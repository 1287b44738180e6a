import type { InsertsAll, List } from "../list/list.ts";
import type { MovableList } from "../list/movable-list.ts";
import type { Attributes } from "../rich/mark.ts";
import type { FormattedText, RichText } from "../rich/rich-text.ts";
import type { ElementId } from "../sequence/content.ts";
import type { Cursor, CursorSide } from "../sequence/cursor.ts";
import type { Text } from "../text/text.ts";
import type { SequenceSchema } from "./schema.ts";
import type {
  AnySequence,
  ListView,
  MovableListView,
  RichTextView,
  SequencePart,
  TextView,
} from "./sequences.ts";

type PartOf = () => SequencePart;
type Edit = (edit: () => void) => void;

/** How a text or list of a document is changed. It looks its part up whenever it is used, and edits in transactions. */
export function sequenceView(kind: SequenceSchema["kind"], part: PartOf, edit: Edit): unknown {
  return new views[kind](part, edit);
}

class PartView<S extends AnySequence> {
  protected readonly edit: Edit;
  readonly #part: PartOf;

  constructor(part: PartOf, edit: Edit) {
    this.#part = part;
    this.edit = edit;
  }

  protected get sequence(): S {
    return this.#part().sequence as S;
  }

  get length(): number {
    return this.sequence.length;
  }

  cursorAt(index: number, side?: CursorSide): Cursor {
    return this.sequence.cursorAt(index, side);
  }

  indexOf(cursor: Cursor): number | undefined {
    return this.sequence.indexOf(cursor);
  }
}

class PlainTextView<S extends Text | RichText = Text> extends PartView<S> implements TextView {
  insert(index: number, text: string): void {
    this.edit(() => this.sequence.insert(index, text));
  }

  remove(index: number, count: number): void {
    this.edit(() => this.sequence.remove(index, count));
  }

  slice(from: number, to?: number): string {
    return this.sequence.slice(from, to);
  }

  override toString(): string {
    return this.sequence.toString();
  }
}

class FormattedTextView extends PlainTextView<RichText> implements RichTextView {
  override insert(index: number, text: string, attributes?: Attributes): void {
    this.edit(() => this.sequence.insert(index, text, attributes));
  }

  format(index: number, length: number, attributes: Attributes): void {
    this.edit(() => this.sequence.format(index, length, attributes));
  }

  runs(from?: number, to?: number): readonly FormattedText[] {
    return this.sequence.runs(from, to);
  }
}

class ValuesView<S extends List<unknown> | MovableList<unknown> = List<unknown>>
  extends PartView<S>
  implements ListView<unknown>
{
  insert(index: number, ...values: readonly unknown[]): void {
    this.edit(() => this.#many.insertAll(index, values));
  }

  push(...values: readonly unknown[]): void {
    this.edit(() => this.#many.insertAll(this.length, values));
  }

  get #many(): InsertsAll {
    return this.sequence as unknown as InsertsAll;
  }

  remove(index: number, count?: number): void {
    this.edit(() => this.sequence.remove(index, count));
  }

  get(index: number): unknown {
    return this.sequence.get(index);
  }

  toArray(): unknown[] {
    return this.sequence.toArray();
  }

  [Symbol.iterator](): Iterator<unknown> {
    return this.sequence[Symbol.iterator]();
  }
}

class ItemsView extends ValuesView<MovableList<unknown>> implements MovableListView<unknown> {
  move(from: number, to: number): void {
    this.edit(() => this.sequence.move(from, to));
  }

  set(index: number, value: unknown): void {
    this.edit(() => this.sequence.set(index, value));
  }

  itemAt(index: number): ElementId | undefined {
    return this.sequence.itemAt(index);
  }

  indexOfItem(item: ElementId): number | undefined {
    return this.sequence.indexOfItem(item);
  }
}

const views: Readonly<Record<SequenceSchema["kind"], new (part: PartOf, edit: Edit) => unknown>> = {
  text: PlainTextView,
  richText: FormattedTextView,
  list: ValuesView,
  movableList: ItemsView,
};
