import { checkFunction, checkReturned, checkVersion, rangeError } from "../arguments.ts";
import type { ChangeListener, Changes, Joinable, Step } from "./changes.ts";
import { type Cursor, type CursorSide, cursorAt, indexOfCursor } from "./cursor.ts";
import type { ApplyReport, EncodeOptions, Engine } from "./engine.ts";
import { contentAt, difference } from "./past.ts";
import type { Undo } from "./undo.ts";
import type { Version } from "./version.ts";
import { type ShownContent, watch } from "./watch.ts";

/**
 * How a sequence reaches its replicas, whatever it holds: text, rich text, lists. Whoever applies the same updates, in
 * whatever order, repeated or not, is in the same state.
 */
export interface Replicated {
  readonly replica: string;
  /**
   * Own operations since the last call, to send to all others, and what came from others between two of these; undefined
   * when there are none of one's own.
   */
  takeUpdate(): Uint8Array | undefined;
  /** What a replica at `version` lacks. O(what it lacks). */
  updateSince(version: Version): Uint8Array;
  /**
   * Applies updates, all or none. Those that lack their causes are held and reported. Throws CorruptBytesError,
   * InvalidUpdateError, ReplicaReusedError, LimitExceededError or PendingFullError, and changes nothing then. What
   * listeners throw comes out as well, when all is applied.
   */
  apply(updates: Uint8Array | readonly Uint8Array[]): ApplyReport;
  /** What this replica has seen. */
  version(): Version;
  /** Bytes of updates that wait for their causes. */
  readonly pendingBytes: number;
  /** The whole of it for storage. Equal states have equal bytes. */
  encode(options?: EncodeOptions): Uint8Array;
}

/** What can be done with every sequence; `Inserted` is what stands in it: a string, or an array of values. */
export interface Editable<Inserted> {
  /** Number of elements: UTF-16 code units, or values. */
  readonly length: number;
  /**
   * Runs several edits and emits one event for all. An exception passes through; what was edited before stays, and is told
   * of. What listeners throw then goes along with it as its `suppressed`. Throws InvalidArgumentError when `edits` returns
   * a promise: a transaction ends with its function.
   */
  transact<T>(edits: () => T): T;
  /**
   * Calls back after every transaction and every applied update; returns how to stop that. All listeners are told of
   * everything in the order in which it happened: what a listener writes is told of when all know what was before it, at
   * most 65,536 times in a row. What listeners throw comes out of the call that they are told of, or of the outermost one
   * when a listener made it, after all is done and all are told: as it is, or several as an AggregateError.
   */
  onChange(listener: ChangeListener<Inserted>): () => void;
  /** Begins a history of this replica's own transactions, at most `stepsMax` of them (default 256). */
  trackUndo(options?: { readonly stepsMax?: number }): Undo;
  /** A place that stays between the same elements while everything changes around it. */
  cursorAt(index: number, side?: CursorSide): Cursor;
  /** Where a cursor stands now; undefined when its element is not known here yet. */
  indexOf(cursor: Cursor): number | undefined;
}

/**
 * What was. With `history: false`, what was removed in the meantime is missing from it. Of a version that has seen what is
 * not here nothing is told: it throws UnknownVersionError.
 */
export interface TimeTravel<Inserted> {
  /** What stood here at a version. O(n). */
  at(version: Version): Inserted;
  /** The steps that lead from one version to another, whichever is the earlier: to show or to take back changes. O(n). */
  diff(before: Version, after: Version): readonly Step<Inserted>[];
}

interface Started<Inserted extends Joinable> {
  readonly engine: Engine;
  readonly changes: Changes<Inserted>;
}

/** What all sequences are made of. What concerns replication is handed on to the engine. */
export abstract class EngineReplica<Inserted extends Joinable> implements Replicated {
  readonly #start: () => Started<Inserted>;
  #started: Started<Inserted> | undefined;

  /** What `start` makes is made when it is needed first. */
  constructor(start: () => Started<Inserted>) {
    this.#start = start;
  }

  protected get engine(): Engine {
    return this.#parts().engine;
  }

  protected get changes(): Changes<Inserted> {
    return this.#parts().changes;
  }

  #parts(): Started<Inserted> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /** The way in for documents, which hold texts and lists and replicate them together. */
  static inside<Inserted extends Joinable>(
    sequence: EngineReplica<Inserted>,
  ): { readonly engine: Engine; readonly changes: Changes<Inserted> } {
    return { engine: sequence.engine, changes: sequence.changes };
  }

  get replica(): string {
    return this.engine.sequence.replicas.id(this.engine.self);
  }

  get length(): number {
    return this.engine.sequence.length;
  }

  get pendingBytes(): number {
    return this.engine.pendingBytes;
  }

  takeUpdate(): Uint8Array | undefined {
    return this.engine.takeUpdate();
  }

  updateSince(version: Version): Uint8Array {
    checkVersion(version);
    return this.engine.updateSince(version);
  }

  apply(updates: Uint8Array | readonly Uint8Array[]): ApplyReport {
    const { engine, changes } = this.#parts();
    const before = changes.begin("remote");
    try {
      return engine.apply(updates);
    } finally {
      changes.end("remote", before);
    }
  }

  version(): Version {
    return this.engine.version();
  }

  encode(options: EncodeOptions = {}): Uint8Array {
    return this.engine.encode(options);
  }

  transact<T>(edits: () => T): T {
    checkFunction("transact", edits);
    return this.changes.hold("local", () => checkReturned(edits()));
  }

  onChange(listener: ChangeListener<Inserted>): () => void {
    return this.changes.listen(listener);
  }

  cursorAt(index: number, side: CursorSide = "left"): Cursor {
    this.checkRange(index, index);
    return cursorAt(this.engine.sequence, index, side);
  }

  indexOf(cursor: Cursor): number | undefined {
    return indexOfCursor(this.engine.sequence, cursor);
  }

  /** Refuses what does not lie within. */
  protected checkRange(from: number, to: number): void {
    if (
      Number.isSafeInteger(from) &&
      Number.isSafeInteger(to) &&
      from >= 0 &&
      from <= to &&
      to <= this.length
    )
      return;
    throw rangeError(from, to, this.length);
  }

  /** The same of `count` from an index on; what are no numbers could not be added. */
  protected checkStretch(from: number, count: number): void {
    if (typeof from !== "number" || typeof count !== "number") throw rangeError(from, count, this.length);
    this.checkRange(from, from + count);
  }
}

/** What text and lists are made of: they keep what was, or leave it out. */
export abstract class EngineSequence<Inserted extends Joinable>
  extends EngineReplica<Inserted>
  implements TimeTravel<Inserted>
{
  protected readonly content: ShownContent<Inserted>;

  constructor(open: () => Engine, content: ShownContent<Inserted>, history: boolean) {
    super(() => {
      const engine = open();
      return { engine, changes: watch(engine.sequence, content, history) };
    });
    this.content = content;
  }

  at(version: Version): Inserted {
    checkVersion(version);
    return contentAt(this.engine.sequence, this.content, version);
  }

  diff(before: Version, after: Version): readonly Step<Inserted>[] {
    for (const version of [before, after]) checkVersion(version);
    return difference(this.engine.sequence, this.content, before, after);
  }
}
