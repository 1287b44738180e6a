import { CorruptBytesError, InvalidUpdateError } from "../errors.ts";
import { enableWinsFlag } from "../flags/enable-wins.ts";
import { type FlagView, flagLeaf } from "./leaves/flag.ts";
import type {
  Fields,
  LeafSchema,
  ListOfSchema,
  MapSchema,
  RecordSchema,
  Schema,
  SequenceSchema,
} from "./schema.ts";

/** Where a part stands: fields and keys, from the top. A 0 at the end names the mark that a key of a record is there. */
export type Path = readonly (string | 0)[];

/** A schema in which something stands: text, list, or one of the lattices. */
export type PartSchema = SequenceSchema | LeafSchema<string, unknown, unknown>;

/** Whether a key of a record is there although nothing may stand in it. */
export const presence: LeafSchema<"presence", FlagView, boolean> = {
  kind: "presence",
  leaf: flagLeaf(enableWinsFlag),
};

/** A path as the key of a map: one spelling for each. */
export function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** The path that a key spells. Throws CorruptBytesError when it spells none, or one that is not in the schema. */
export function pathOf(root: Schema, key: string): Path {
  let path: unknown;
  try {
    path = JSON.parse(key);
  } catch (cause) {
    throw new CorruptBytesError("a path cannot be read", { cause });
  }
  const isPath =
    Array.isArray(path) &&
    path.every((part, at) => typeof part === "string" || (part === 0 && at === path.length - 1));
  if (!isPath || keyOf(path as Path) !== key) throw new CorruptBytesError("a path cannot be read");
  partAt(root, path as Path);
  return path as Path;
}

/** The path that a key spells which was read or made by this document before. */
export function knownPath(key: string): Path {
  return JSON.parse(key);
}

/** What stands at a path. Throws InvalidUpdateError when the schema has no part there. */
export function partAt(root: Schema, path: Path): PartSchema {
  let above: Schema | undefined;
  let at: Schema = root;
  for (const name of path) {
    if (name === 0 && above?.kind === "record") return presence;
    const next = name === 0 ? undefined : below(at, name);
    if (next === undefined)
      throw new InvalidUpdateError(
        `the schema of this document has nothing at ${keyOf(path)} (is it older than the sender's?)`,
      );
    above = at;
    at = next;
  }
  if (at.kind === "map" || at.kind === "record" || at.kind === "listOf")
    throw new InvalidUpdateError(`the schema of this document has nothing to write at ${keyOf(path)}`);
  return at as PartSchema;
}

/** What a schema is made of: a list of nested values of its two parts, all others of themselves. */
export function innerOf(schema: Schema): Schema {
  return schema.kind === "listOf" ? (schema as ListOfSchema<Schema>).inner : schema;
}

function below(outer: Schema, name: string): Schema | undefined {
  const schema = innerOf(outer);
  if (schema.kind === "record") return (schema as RecordSchema<Schema>).values;
  if (schema.kind !== "map") return undefined;
  const { fields } = schema as MapSchema<Fields>;
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** A record on the way to a part, and the key of it that the way goes through. */
export interface RecordAbove {
  readonly record: Path;
  readonly key: string;
  readonly values: Schema;
}

export function recordsAbove(root: Schema, path: Path): RecordAbove[] {
  const found: RecordAbove[] = [];
  let at: Schema | undefined = root;
  for (let index = 0; index < path.length; index++) {
    const name = path[index]!;
    if (at === undefined || name === 0) break;
    const next = below(at, name);
    if (at.kind === "record" && next !== undefined)
      found.push({ record: path.slice(0, index), key: name, values: next });
    at = next;
  }
  return found;
}

/** A value on the way to a part that stands in a list of nested values. */
export interface ItemAbove {
  readonly list: Path;
  readonly id: string;
}

/** The outermost first; not the value itself whose mark the path leads to. */
export function itemsAbove(root: Schema, path: Path): ItemAbove[] {
  const found: ItemAbove[] = [];
  const end = path[path.length - 1] === 0 ? path.length - 2 : path.length;
  let at: Schema | undefined = root;
  for (let index = 0; index < end && at !== undefined; index++) {
    const id = path[index + 1];
    if (at.kind === "listOf" && path[index] === "items" && index + 1 < end)
      found.push({ list: path.slice(0, index), id: id as string });
    at = below(at, path[index] as string);
  }
  return found;
}
