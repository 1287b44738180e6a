import { CorruptBytesError } from "../errors.ts";
import type { ApplyReport, Compression, EncodeOptions } from "../sequence/engine.ts";
import type { Undo } from "../sequence/undo.ts";
import { DocumentReplica } from "./document-replica.ts";
import type { DocumentListener } from "./events.ts";
import type { DocumentOptions } from "./options.ts";
import { type ChangeOf, checkDocumentSchema, type Schema, type ValueOf, type ViewOf } from "./schema.ts";
import type { DocumentVersion } from "./version.ts";

/** A document of a schema `S`: everything in it replicated together. */
export interface Document<in out S extends Schema> {
  readonly replica: string;
  /** The document, to read and to change. Changes outside of `transact` are transactions of their own. */
  readonly root: ViewOf<S>;
  /** The document as plain data. */
  value(): ValueOf<S>;
  /**
   * Runs several changes and tells of them once. An exception passes through; what was changed before stays, and is told
   * of. What listeners throw then goes along with it as its `suppressed`. Throws InvalidArgumentError when `changes`
   * returns a promise: a transaction ends with its function.
   */
  transact<T>(changes: (root: ViewOf<S>) => T): T;
  /**
   * Calls back after every transaction and every applied update; returns how to stop that. All listeners are told of
   * everything in the order in which it happened: what a listener writes is told of when all know what was before it, at
   * most 65,536 times in a row. The `value` of a change is read when it is looked at. What listeners throw comes out of the
   * call that they are told of, or of the outermost one when a listener made it, after all is done and all are told: as it
   * is, or several as an AggregateError.
   */
  onChange(listener: DocumentListener<ChangeOf<S>>): () => void;
  /** Begins a history of this replica's own transactions, at most `stepsMax` of them (default 256). */
  trackUndo(options?: { readonly stepsMax?: number }): Undo;

  /**
   * Own changes since the last call, to send to all others; undefined when there are none. What came from others between two
   * of them goes along.
   */
  takeUpdate(): Uint8Array | undefined;
  /**
   * What a replica at `version` lacks. Throws HistoryForgottenError when it lacks what was forgotten. For a version that
   * has forgotten more than this replica there is nothing: this one must hear of that first.
   */
  updateSince(version: DocumentVersion): Uint8Array;
  /**
   * Applies one update, whole or not at all; several are handed over one by one. One that lacks its causes is held and
   * reported. Throws CorruptBytesError, InvalidUpdateError, ReplicaReusedError, LimitExceededError, PendingFullError, or
   * HistoryForgottenError for one that was written before history was forgotten, and changes nothing then. What listeners
   * throw comes out as well, when all is applied.
   */
  apply(update: Uint8Array): ApplyReport;
  /** What this replica has seen. */
  version(): DocumentVersion;
  /** Bytes of updates that wait for their causes. */
  readonly pendingBytes: number;
  /**
   * The whole document for storage. Equal states have equal bytes. With `history` all that is kept of the past goes along;
   * without it, who reads the bytes can look back no further than here.
   */
  encode(options?: EncodeOptions): Uint8Array;
  /**
   * The document at a version that was `version()` once. O(history). Throws HistoryNotKeptError without the option `history`,
   * and for what lies before the last forgetting, and UnknownVersionError for a version that has seen what is not here yet.
   */
  at(version: DocumentVersion): ValueOf<S>;
  /** What leads from one version to another, whichever is the earlier, as an event would tell. Throws as `at` does. */
  diff(before: DocumentVersion, after: DocumentVersion): readonly ChangeOf<S>[];

  /** Takes note of what a member has seen, as its own `version()` says. */
  observe(member: string, version: DocumentVersion): void;
  /**
   * Forgets what was removed, and all history, when every member is known to stand exactly here; false when not, and when
   * there is nothing to forget: no operations since the last forgetting, or no `members`. Members that do not know of it yet
   * carry their later changes over by themselves, once they hear of it by `updateSince`. Cursors and undo steps of before
   * are void.
   */
  forget(): boolean;
}

/** An empty document. Throws InvalidArgumentError for what is no schema, and for an option out of range or unknown. */
export function createDocument<const S extends Schema>(schema: S, options: DocumentOptions): Document<S> {
  checkDocumentSchema(schema);
  return new DocumentReplica(schema, options, undefined) as unknown as Document<S>;
}

/**
 * A document from the bytes of `encode`. Throws CorruptBytesError, InvalidUpdateError or LimitExceededError; a compressed
 * one needs the compression it was encoded with.
 */
export function decodeDocument<const S extends Schema>(
  schema: S,
  bytes: Uint8Array,
  options: DocumentOptions & { readonly compression?: Compression },
): Document<S> {
  checkDocumentSchema(schema);
  // Without bytes it would begin empty.
  if (bytes === undefined) throw new CorruptBytesError("there are none");
  return new DocumentReplica(schema, options, bytes) as unknown as Document<S>;
}
