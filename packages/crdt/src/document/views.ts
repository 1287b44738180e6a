import { InvalidArgumentError } from "../errors.ts";
import type { List } from "../list/list.ts";
import type { Text } from "../text/text.ts";
import { isSequence } from "./contents.ts";
import type { Path } from "./paths.ts";
import { keyOf, presence } from "./paths.ts";
import type {
  Fields,
  LeafSchema,
  ListOfSchema,
  ListOfView,
  MapSchema,
  RecordSchema,
  RecordView,
  Resettable,
  Schema,
} from "./schema.ts";
import type { ListView, SequencePart, TextView } from "./sequences.ts";
import type { Writing } from "./writing.ts";

/** Builds what a document is changed by. Nothing of it holds state: all look their part up when they are used. */
export function viewOf(writing: Writing, path: Path, schema: Schema): unknown {
  if (schema.kind === "map") return mapView(writing, path, schema as MapSchema<Fields>);
  if (schema.kind === "record") return recordView(writing, path, (schema as RecordSchema<Resettable>).values);
  if (schema.kind === "listOf") return listOfView(writing, path, schema as ListOfSchema<Resettable>);
  if (isSequence(schema)) {
    const key = keyOf(path);
    const view = schema.kind === "text" ? textView : listView;
    return view(
      () => writing.contents.sequence(key),
      (edit) => writing.edit(key, edit),
    );
  }
  const { leaf } = schema as LeafSchema<string, unknown, unknown>;
  return leaf.view(writing.cell(path, schema as LeafSchema<string, unknown, unknown>));
}

function mapView(writing: Writing, path: Path, { fields }: MapSchema<Fields>): unknown {
  const view = {};
  for (const [name, field] of Object.entries(fields)) {
    const made = viewOf(writing, [...path, name], field);
    Object.defineProperty(view, name, { value: made, enumerable: true });
  }
  return view;
}

function recordView(writing: Writing, path: Path, values: Schema): RecordView<unknown> {
  const { contents } = writing;
  const at = (key: string): unknown => viewOf(writing, [...path, checkedKey(key)], values);
  return {
    get size() {
      return contents.keysOf(path, values).length;
    },
    at,
    add(key) {
      const view = at(key);
      writing.transact(() => writing.mark([...path, key, 0]));
      return view;
    },
    has: (key) => contents.isThere([...path, checkedKey(key)], values),
    keys: () => contents.keysOf(path, values),
    delete(key) {
      if (!contents.isThere([...path, checkedKey(key)], values)) return;
      writing.transact(() => {
        for (const part of contents.parts([...path, key], values)) writing.reset(part.path, part.schema);
        writing.reset([...path, key, 0], presence);
      });
    },
  };
}

function listOfView(writing: Writing, path: Path, { inner }: ListOfSchema<Resettable>): ListOfView<unknown> {
  const { order, items } = mapView(writing, path, inner) as {
    readonly order: ListView<string>;
    readonly items: RecordView<unknown>;
  };
  const insert = (index: number): unknown =>
    writing.transact(() => {
      const id = writing.freshId();
      order.insert(index, id);
      return items.add(id);
    });
  return {
    get length() {
      return order.length;
    },
    at(index) {
      const id = order.get(index);
      return id === undefined ? undefined : items.at(id);
    },
    insert,
    push: () => insert(order.length),
    remove: (index, count = 1) =>
      writing.transact(() => {
        const removed = order.toArray().slice(index, index + count);
        order.remove(index, count);
        for (const id of removed) items.delete(id);
      }),
    *[Symbol.iterator]() {
      for (const id of order.toArray()) yield items.at(id);
    },
  };
}

function checkedKey(key: string): string {
  if (typeof key === "string" && key.isWellFormed()) return key;
  throw new InvalidArgumentError("The key of a record must be well-formed text.");
}

type PartOf = () => SequencePart;
type Edit = (edit: () => void) => void;

function textView(part: PartOf, edit: Edit): TextView {
  const text = (): Text => part().sequence as Text;
  return {
    get length() {
      return text().length;
    },
    insert: (index, inserted) => edit(() => text().insert(index, inserted)),
    remove: (index, count) => edit(() => text().remove(index, count)),
    toString: () => text().toString(),
    slice: (from, to) => text().slice(from, to),
    cursorAt: (index, side) => text().cursorAt(index, side),
    indexOf: (cursor) => text().indexOf(cursor),
  };
}

function listView(part: PartOf, edit: Edit): ListView<unknown> {
  const list = (): List<unknown> => part().sequence as List<unknown>;
  return {
    get length() {
      return list().length;
    },
    insert: (index, ...values) => edit(() => list().insert(index, ...values)),
    push: (...values) => edit(() => list().push(...values)),
    remove: (index, count) => edit(() => list().remove(index, count)),
    get: (index) => list().get(index),
    toArray: () => list().toArray(),
    cursorAt: (index, side) => list().cursorAt(index, side),
    indexOf: (cursor) => list().indexOf(cursor),
    [Symbol.iterator]: () => list()[Symbol.iterator](),
  };
}
