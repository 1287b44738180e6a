import { InvalidUpdateError } from "../errors.ts";
import { Lattices } from "./lattices.ts";
import {
  innerOf,
  keyOf,
  knownPath,
  type PartSchema,
  type Path,
  partAt,
  presence,
  recordsAbove,
} from "./paths.ts";
import type {
  Fields,
  LeafSchema,
  ListOfSchema,
  MapSchema,
  RecordSchema,
  Schema,
  SequenceSchema,
} from "./schema.ts";
import { emptyValue } from "./sequences.ts";

type AnyLeaf = LeafSchema<string, unknown, unknown>;

/** A text or list as far as reading goes. */
export interface ReadablePart {
  readonly path: Path;
  readonly length: number;
  value(): unknown;
}

/** What stands in a document, now or at some version: lattices, texts and lists, and which keys its records may have. */
export class Reading<Part extends ReadablePart> {
  readonly root: Schema;
  readonly lattices: Lattices;
  readonly #sequences = new Map<string, Part>();
  /** By the key of a record's path, the keys under which anything was ever opened. */
  readonly #recordKeys = new Map<string, Set<string>>();

  constructor(root: Schema) {
    this.root = root;
    this.lattices = new Lattices(root);
  }

  get sequences(): ReadonlyMap<string, Part> {
    return this.#sequences;
  }

  putSequence(key: string, part: Part): void {
    this.#sequences.set(key, part);
    this.noteKeys(part.path);
  }

  /** Forgets all texts and lists. */
  protected clearSequences(): void {
    this.#sequences.clear();
    this.#recordKeys.clear();
    this.noteLattices();
  }

  /** Remembers the keys of records on the way to all lattices. */
  noteLattices(): void {
    for (const key of this.lattices.keys()) this.noteKey(key);
  }

  /** Remembers the keys of records on the way to a part. */
  noteKeys(path: Path): void {
    for (const { record, key } of recordsAbove(this.root, path)) {
      const at = keyOf(record);
      const keys = this.#recordKeys.get(at);
      if (keys === undefined) this.#recordKeys.set(at, new Set([key]));
      else keys.add(key);
    }
  }

  noteKey(key: string): void {
    this.noteKeys(knownPath(key));
  }

  /** Keys of a record under which something stands, sorted. */
  keysOf(record: Path, values: Schema): string[] {
    const keys = this.#recordKeys.get(keyOf(record));
    if (keys === undefined) return [];
    const there = [...keys].filter((key) => this.isThere([...record, key], values));
    if (there.length < keys.size && !holdsSequences(values)) this.#forgetKeys(record, values, keys);
    return there.sort();
  }

  /** Of a key that is gone and had no texts or lists nothing is left to know, unless something unseen stands there yet. */
  #forgetKeys(record: Path, values: Schema, keys: Set<string>): void {
    for (const key of keys) {
      const mark: Path = [...record, key, 0];
      const below = [{ path: mark, schema: presence }, ...this.parts([...record, key], values)];
      if (below.every(({ path, schema }) => this.lattices.isBottom(keyOf(path), (schema as AnyLeaf).leaf)))
        keys.delete(key);
    }
  }

  /** Whether a key of a record is there: marked so, or with something in it. */
  isThere(path: Path, schema: Schema): boolean {
    if (!this.lattices.isBottom(keyOf([...path, 0]), presence.leaf)) return true;
    return this.parts(path, schema).some((part) => !this.#isEmpty(part));
  }

  /** All parts that may stand below a path. */
  parts(path: Path, outer: Schema): { readonly path: Path; readonly schema: PartSchema }[] {
    const schema = innerOf(outer);
    if (schema.kind === "map")
      return Object.entries((schema as MapSchema<Fields>).fields).flatMap(([name, field]) =>
        this.parts([...path, name], field),
      );
    if (schema.kind !== "record") return [{ path, schema: schema as PartSchema }];
    const { values } = schema as RecordSchema<Schema>;
    return [...(this.#recordKeys.get(keyOf(path)) ?? [])].flatMap((key) => [
      { path: [...path, key, 0], schema: presence },
      ...this.parts([...path, key], values),
    ]);
  }

  /** What stands at a path, as plain data. */
  value(path: Path, schema: Schema): unknown {
    if (schema.kind === "listOf") {
      const { values } = schema as ListOfSchema<Schema>;
      return this.idsOf(path).map((id) => this.value([...path, "items", id], values));
    }
    if (schema.kind === "map") {
      const { fields } = schema as MapSchema<Fields>;
      return Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, this.value([...path, name], field)]),
      );
    }
    if (schema.kind === "record") {
      const { values } = schema as RecordSchema<Schema>;
      const keys = this.keysOf(path, values);
      return Object.fromEntries(keys.map((key) => [key, this.value([...path, key], values)]));
    }
    const key = keyOf(path);
    if (isSequence(schema)) {
      const part = this.#sequences.get(key);
      return part === undefined ? emptyValue(schema) : part.value();
    }
    const { leaf } = schema as AnyLeaf;
    return leaf.value(this.lattices.open(key, leaf));
  }

  /** Which values a list of nested values has, in order. */
  idsOf(path: Path): string[] {
    const order = this.#sequences.get(keyOf([...path, "order"]));
    return order === undefined ? [] : [...(order.value() as readonly string[])];
  }

  #isEmpty({ path, schema }: { readonly path: Path; readonly schema: PartSchema }): boolean {
    const key = keyOf(path);
    if (isSequence(schema)) return (this.#sequences.get(key)?.length ?? 0) === 0;
    return this.lattices.isEmpty(key, (schema as AnyLeaf).leaf);
  }
}

function holdsSequences(schema: Schema): boolean {
  if (schema.kind === "listOf") return true;
  if (schema.kind === "map") return Object.values((schema as MapSchema<Fields>).fields).some(holdsSequences);
  if (schema.kind === "record") return holdsSequences((schema as RecordSchema<Schema>).values);
  return isSequence(schema);
}

const sequenceKinds: ReadonlySet<string> = new Set(["text", "richText", "list", "movableList"]);

export function isSequence(schema: Schema): schema is SequenceSchema {
  return sequenceKinds.has(schema.kind);
}

export function sequenceSchema(root: Schema, path: Path): SequenceSchema {
  const schema = partAt(root, path);
  if (isSequence(schema)) return schema;
  throw new InvalidUpdateError(`there is no text or list at ${keyOf(path)}`);
}
