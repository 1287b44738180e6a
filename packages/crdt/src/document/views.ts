import { InvalidArgumentError } from "../errors.ts";
import type { Path } from "./paths.ts";
import { keyOf, presence } from "./paths.ts";
import { isSequence } from "./reading.ts";
import type {
  Fields,
  LeafSchema,
  ListOfSchema,
  ListOfView,
  MapSchema,
  RecordSchema,
  RecordView,
  Schema,
} from "./schema.ts";
import { sequenceView } from "./sequence-views.ts";
import type { ListView } from "./sequences.ts";
import type { Writing } from "./writing.ts";

/** Builds what a document is changed by. Nothing of it holds state: all look their part up when they are used. */
export function viewOf(writing: Writing, path: Path, schema: Schema): unknown {
  if (schema.kind === "map") return mapView(writing, path, schema as MapSchema<Fields>);
  if (schema.kind === "record") return recordView(writing, path, (schema as RecordSchema<Schema>).values);
  if (schema.kind === "listOf") return listOfView(writing, path, schema as ListOfSchema<Schema>);
  if (isSequence(schema)) {
    const key = keyOf(path);
    const checkStanding = writing.standing(path);
    const edit = (change: () => void): void => {
      checkStanding();
      writing.edit(key, change);
    };
    return sequenceView(schema.kind, () => writing.contents.readable(key), edit);
  }
  const { leaf } = schema as LeafSchema<string, unknown, unknown>;
  return leaf.view(writing.cell(path, schema as LeafSchema<string, unknown, unknown>));
}

function mapView(writing: Writing, path: Path, schema: MapSchema<Fields>): unknown {
  let View = mapViews.get(schema);
  if (View === undefined) {
    View = mapViewOf(schema);
    mapViews.set(schema, View);
  }
  return new View(writing, path);
}

type MapView = new (writing: Writing, path: Path) => object;

/** The views of maps by their schema: whoever goes through ten thousand entries makes one object for each. */
const mapViews = new WeakMap<MapSchema<Fields>, MapView>();

/** A class with a property for each field, which is made when it is first looked at. */
function mapViewOf({ fields }: MapSchema<Fields>): MapView {
  class View {
    readonly #writing: Writing;
    readonly #path: Path;
    readonly #made: unknown[] = [];

    constructor(writing: Writing, path: Path) {
      this.#writing = writing;
      this.#path = path;
    }

    static field(view: View, at: number, name: string, schema: Schema): unknown {
      view.#made[at] ??= viewOf(view.#writing, [...view.#path, name], schema);
      return view.#made[at];
    }
  }
  for (const [at, [name, schema]] of Object.entries(fields).entries())
    Object.defineProperty(View.prototype, name, {
      enumerable: true,
      get(this: View) {
        return View.field(this, at, name, schema);
      },
    });
  return View;
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

function listOfView(writing: Writing, path: Path, { inner }: ListOfSchema<Schema>): ListOfView<unknown> {
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
