import { told } from "../arguments.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";
import { disableWinsFlag } from "../flags/disable-wins.ts";
import { enableWinsFlag } from "../flags/enable-wins.ts";
import { type Codec, checkedCodec, json, type Key, text } from "../kernel/codec.ts";
import { checkedRules, type Expand } from "../rich/mark.ts";
import type { FormattedText } from "../rich/rich-text.ts";
import type { FormattedRange } from "../rich/runs.ts";
import type { Step } from "../sequence/changes.ts";
import { orSet } from "../sets/or-set.ts";
import { removeWinsSet } from "../sets/remove-wins-set.ts";
import { type BoundedCounterView, boundedCounterLeaf } from "./leaves/bounded.ts";
import { type CounterView, counterLeaf } from "./leaves/counter.ts";
import { type ExtremeView, highestLeaf, lowestLeaf } from "./leaves/extreme.ts";
import { type FlagView, flagLeaf } from "./leaves/flag.ts";
import {
  type GrowingSetView,
  growingSetLeaf,
  type TwoPhaseSetView,
  twoPhaseSetLeaf,
} from "./leaves/growing-sets.ts";
import type { Leaf } from "./leaves/leaf.ts";
import { type RegisterView, registerLeaf, type SiblingsView, siblingsLeaf } from "./leaves/registers.ts";
import { type SetView, setLeaf, strictSetLeaf } from "./leaves/sets.ts";
import { type TreeNode, type TreeView, treeLeaf } from "./leaves/tree.ts";
import type { ListView, MovableListView, RichTextView, TextView } from "./sequences.ts";

/** A document's shape: fixed fields. */
export interface MapSchema<F extends Fields> {
  readonly kind: "map";
  readonly fields: F;
}

/** Values of one shape by keys that come and go. */
export interface RecordSchema<S extends Schema> {
  readonly kind: "record";
  readonly values: S;
}

/**
 * A list of nested values: the order of their ids, and what stands under each. Of removing one and changing something in
 * it concurrently, the removal wins.
 */
export interface ListOfSchema<S extends Schema> {
  readonly kind: "listOf";
  readonly values: S;
  /** What it is made of. */
  readonly inner: MapSchema<{ readonly order: ListSchema<string>; readonly items: RecordSchema<S> }>;
}

export interface TextSchema {
  readonly kind: "text";
}

export interface ListSchema<T> {
  readonly kind: "list";
  readonly codec: Codec<T>;
}

export interface RichTextSchema {
  readonly kind: "richText";
  readonly marks: Readonly<Record<string, Expand>>;
}

export interface MovableListSchema<T> {
  readonly kind: "movableList";
  readonly codec: Codec<T>;
}

/** What stands in an order of its own: texts and lists. */
export type SequenceSchema = TextSchema | RichTextSchema | ListSchema<unknown> | MovableListSchema<unknown>;

/** A flag, counter, register, set or tree. */
export interface LeafSchema<Kind extends string, View, Value> {
  readonly kind: Kind;
  readonly leaf: Leaf<View, Value>;
}

export interface Fields {
  readonly [name: string]: Schema;
}

export type Schema =
  | MapSchema<Fields>
  | RecordSchema<Schema>
  | ListOfSchema<Schema>
  | SequenceSchema
  | LeafSchema<string, unknown, unknown>;

/** A record, to change and to read. */
export interface RecordView<V> {
  readonly size: number;
  /** The value under a key, to change or to read. Nothing is there until something in it is written. */
  at(key: string): V;
  /** Makes a key be there, empty or not; returns its value. */
  add(key: string): V;
  has(key: string): boolean;
  /** Removes a key with all that is seen of it here; what is changed concurrently within it stays. */
  delete(key: string): void;
  keys(): string[];
}

/**
 * A list of nested values, to change and to read. A value that was removed from it refuses to be written to with a
 * RemovedValueError.
 */
export interface ListOfView<V> extends Iterable<V> {
  readonly length: number;
  /** The value at an index, to change or to read; undefined outside. */
  at(index: number): V | undefined;
  /** Makes a new value before `index`; returns it. */
  insert(index: number): V;
  push(): V;
  remove(index: number, count?: number): void;
}

/** How a document of this schema is changed. */
export type ViewOf<S> =
  S extends MapSchema<infer F>
    ? { readonly [K in keyof F]: ViewOf<F[K]> }
    : S extends RecordSchema<infer V>
      ? RecordView<ViewOf<V>>
      : S extends ListOfSchema<infer V>
        ? ListOfView<ViewOf<V>>
        : S extends TextSchema
          ? TextView
          : S extends RichTextSchema
            ? RichTextView
            : S extends ListSchema<infer T>
              ? ListView<T>
              : S extends MovableListSchema<infer T>
                ? MovableListView<T>
                : S extends LeafSchema<string, infer View, unknown>
                  ? View
                  : never;

/** What is read from a document of this schema: plain data. */
export type ValueOf<S> =
  S extends MapSchema<infer F>
    ? { readonly [K in keyof F]: ValueOf<F[K]> }
    : S extends RecordSchema<infer V>
      ? Readonly<Record<string, ValueOf<V>>>
      : S extends ListOfSchema<infer V>
        ? readonly ValueOf<V>[]
        : S extends TextSchema
          ? string
          : S extends RichTextSchema
            ? readonly FormattedText[]
            : S extends ListSchema<infer T> | MovableListSchema<infer T>
              ? readonly T[]
              : S extends LeafSchema<string, unknown, infer Value>
                ? Value
                : never;

/** What can happen to a document of this schema: where, and what. */
export type ChangeOf<S, P extends readonly string[] = readonly []> =
  S extends MapSchema<infer F>
    ? { [K in keyof F & string]: ChangeOf<F[K], readonly [...P, K]> }[keyof F & string]
    : S extends RecordSchema<infer V>
      ?
          | { readonly path: P; readonly kind: "record"; readonly key: string }
          | ChangeOf<V, readonly [...P, string]>
      : S extends ListOfSchema<infer V>
        ?
            | {
                readonly path: readonly [...P, "order"];
                readonly kind: "list";
                readonly steps: readonly Step<readonly string[]>[];
              }
            | { readonly path: readonly [...P, "items"]; readonly kind: "record"; readonly key: string }
            | ChangeOf<V, readonly [...P, "items", string]>
        : S extends TextSchema
          ? { readonly path: P; readonly kind: "text"; readonly steps: readonly Step<string>[] }
          : S extends RichTextSchema
            ? {
                readonly path: P;
                readonly kind: "richText";
                readonly steps: readonly Step<string>[];
                /** After the steps, these ranges are formatted so; what was inserted has no formatting but this. */
                readonly formatted: readonly FormattedRange[];
              }
            : S extends ListSchema<infer T> | MovableListSchema<infer T>
              ? { readonly path: P; readonly kind: S["kind"]; readonly steps: readonly Step<readonly T[]>[] }
              : S extends LeafSchema<infer Kind, unknown, infer Value>
                ? { readonly path: P; readonly kind: Kind; readonly value: Value }
                : never;

/** Any JSON that a set can hold: text, numbers, booleans. */
const anyKey: Codec<Key> = {
  write(writer, value) {
    if (!isKey(value)) throw new InvalidArgumentError("A set holds text, finite numbers and booleans.");
    json.write(writer, value);
  },
  read(reader) {
    const value = json.read(reader);
    if (!isKey(value)) throw new CorruptBytesError("an element of a set is neither text, number nor boolean");
    return value;
  },
};

function isKey(value: unknown): value is Key {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function map<const F extends Fields>(fields: F): MapSchema<F> {
  if (fields === null || typeof fields !== "object")
    throw new InvalidArgumentError(
      `schema.map takes the fields by name, as { title: schema.text() }; not ${told(fields)}.`,
    );
  for (const [name, field] of Object.entries(fields)) {
    if (!name.isWellFormed()) throw new InvalidArgumentError("The name of a field must be well-formed text.");
    checkSchema(field, `field ${JSON.stringify(name)}`);
  }
  return { kind: "map", fields };
}

function record<const S extends Schema>(values: S): RecordSchema<S> {
  checkSchema(values, "what stands in a record");
  return { kind: "record", values };
}

/** Refuses what no document can be made of. */
export function checkDocumentSchema(schema: Schema): void {
  if (!isSchema(schema) && schema !== null && typeof schema === "object")
    throw new InvalidArgumentError(
      "The schema of a document is one of schema's parts, and these are fields: put them in schema.map({ ... }).",
    );
  checkSchema(schema, "the document");
}

function isSchema(schema: Schema): boolean {
  return typeof schema === "object" && schema !== null && typeof schema.kind === "string";
}

function checkSchema(schema: Schema, what: string): void {
  if (isSchema(schema)) return;
  throw new InvalidArgumentError(
    `There is no schema for ${what}: give one of schema's parts, such as schema.text().`,
  );
}

function listOf<const S extends Schema>(values: S): ListOfSchema<S> {
  checkSchema(values, "what stands in a list");
  return {
    kind: "listOf",
    values,
    inner: map({ order: { kind: "list", codec: text }, items: record(values) }),
  };
}

function leafSchema<const Kind extends string, View, Value>(
  kind: Kind,
  leaf: Leaf<View, Value>,
): LeafSchema<Kind, View, Value> {
  return { kind, leaf };
}

/**
 * The parts that a document is made of. Without a codec, values are JSON, and a type given in brackets is taken on trust;
 * with one, what comes from others is checked.
 *
 * All of them may stand in records. Removing a key takes away what was seen of each: what is changed within it concurrently
 * stays, except in a `listOf` and a `boundedCounter`, where the removal wins. A part that was taken away begins anew: an
 * element may come again to a `twoPhaseSet`, and a `maxRegister` rise again from nothing.
 */
export interface SchemaParts {
  /** Fixed fields. */
  map<const F extends Fields>(fields: F): MapSchema<F>;
  /** Keys that come and go. */
  record<const S extends Schema>(values: S): RecordSchema<S>;
  /** Nested values in an order. */
  listOf<const S extends Schema>(values: S): ListOfSchema<S>;
  text(): TextSchema;
  /** Text with marks; `marks` says how each takes over what is typed at its borders, as for `createRichText`. */
  richText(marks?: Readonly<Record<string, Expand>>): RichTextSchema;
  list<T>(codec?: Codec<T>): ListSchema<T>;
  /** Values that move and are replaced and stay the same items. */
  movableList<T>(codec?: Codec<T>): MovableListSchema<T>;
  /** Elements that only come. Removing a key above it takes away the elements that were seen. */
  gSet<T extends Key>(codec?: Codec<T>): LeafSchema<"gSet", GrowingSetView<T>, readonly T[]>;
  /** Elements that come once and go for good: until a key above it is removed, and with it what was known of them. */
  twoPhaseSet<T extends Key>(codec?: Codec<T>): LeafSchema<"twoPhaseSet", TwoPhaseSetView<T>, readonly T[]>;
  orSet<T extends Key>(codec?: Codec<T>): LeafSchema<"orSet", SetView<T>, readonly T[]>;
  removeWinsSet<T extends Key>(codec?: Codec<T>): LeafSchema<"removeWinsSet", SetView<T>, readonly T[]>;
  enableWinsFlag(): LeafSchema<"enableWinsFlag", FlagView, boolean>;
  disableWinsFlag(): LeafSchema<"disableWinsFlag", FlagView, boolean>;
  counter(): LeafSchema<"counter", CounterView, number>;
  /**
   * A stock that does not fall below zero. Removing a key above it ends the stock that was seen, with what is counted in it
   * concurrently; whoever takes the removal back holds all the rights.
   */
  boundedCounter(): LeafSchema<"boundedCounter", BoundedCounterView, number>;
  /** The highest number ever written; undefined before the first. A writing that is not beyond it changes nothing. */
  maxRegister(): LeafSchema<"maxRegister", ExtremeView, number | undefined>;
  /** The lowest number ever written. */
  minRegister(): LeafSchema<"minRegister", ExtremeView, number | undefined>;
  lwwRegister<T>(codec?: Codec<T>): LeafSchema<"lwwRegister", RegisterView<T>, T | undefined>;
  mvRegister<T>(codec?: Codec<T>): LeafSchema<"mvRegister", SiblingsView<T>, readonly T[]>;
  /**
   * Nodes that move. Removing a key above it takes away all moves that were seen: what was concurrently put below a node
   * that is gone is not shown until somebody makes that node again.
   */
  movableTree(): LeafSchema<"movableTree", TreeView, TreeNode>;
}

export const schema: SchemaParts = {
  map,
  record,
  listOf,
  text: () => ({ kind: "text" }),
  richText: (marks = {}) => ({ kind: "richText", marks: checkedRules(marks) }),
  list: <T>(codec: Codec<T> = json as Codec<T>) => ({ kind: "list", codec: checkedCodec(codec) }),
  movableList: <T>(codec: Codec<T> = json as Codec<T>) => ({
    kind: "movableList",
    codec: checkedCodec(codec),
  }),
  gSet: <T extends Key>(codec: Codec<T> = anyKey as Codec<T>) =>
    leafSchema("gSet", growingSetLeaf(checkedCodec(codec))),
  twoPhaseSet: <T extends Key>(codec: Codec<T> = anyKey as Codec<T>) =>
    leafSchema("twoPhaseSet", twoPhaseSetLeaf(checkedCodec(codec))),
  orSet: <T extends Key>(codec: Codec<T> = anyKey as Codec<T>) =>
    leafSchema("orSet", setLeaf(orSet(checkedCodec(codec)))),
  removeWinsSet: <T extends Key>(codec: Codec<T> = anyKey as Codec<T>) =>
    leafSchema("removeWinsSet", strictSetLeaf(removeWinsSet(checkedCodec(codec)))),
  enableWinsFlag: () => leafSchema("enableWinsFlag", flagLeaf(enableWinsFlag)),
  disableWinsFlag: () => leafSchema("disableWinsFlag", flagLeaf(disableWinsFlag)),
  counter: () => leafSchema("counter", counterLeaf),
  boundedCounter: () => leafSchema("boundedCounter", boundedCounterLeaf),
  maxRegister: () => leafSchema("maxRegister", highestLeaf),
  minRegister: () => leafSchema("minRegister", lowestLeaf),
  lwwRegister: <T>(codec: Codec<T> = json as Codec<T>) =>
    leafSchema("lwwRegister", registerLeaf(checkedCodec(codec))),
  mvRegister: <T>(codec: Codec<T> = json as Codec<T>) =>
    leafSchema("mvRegister", siblingsLeaf(checkedCodec(codec))),
  movableTree: () => leafSchema("movableTree", treeLeaf),
};
