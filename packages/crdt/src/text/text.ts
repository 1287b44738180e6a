import { told } from "../arguments.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { ChangeEvent, ChangeListener, Step } from "../sequence/changes.ts";
import type { Cursor, CursorSide } from "../sequence/cursor.ts";
import {
  type Compression,
  type EncodeOptions,
  Engine,
  isWritten,
  limitsOf,
  type SequenceLimits,
} from "../sequence/engine.ts";
import { OpenEdit } from "../sequence/open-edit.ts";
import { checkSequenceOptions } from "../sequence/options.ts";
import { checkReplicaId } from "../sequence/replicas.ts";
import { type Editable, EngineSequence, type Replicated, type TimeTravel } from "../sequence/replicated.ts";
import { type Undo, type Undoable, UndoHistory } from "../sequence/undo.ts";
import type { Version } from "../sequence/version.ts";
import { type Shown, shownText } from "./shown.ts";
import { Units, unitsToString } from "./units.ts";

export type TextStep = Step<string>;
export type TextEvent = ChangeEvent<string>;
export type TextListener = ChangeListener<string>;

export interface TextOptions extends Partial<SequenceLimits> {
  /**
   * The writer's id: unique among all writers, and a new one after a restore from backup. Concurrent insertions at one
   * place stand in the order of these ids.
   */
  readonly replica: string;
  /** Keep the content of what is removed, for `at`. Default false: removed content is gone from memory and bytes. */
  readonly history?: boolean;
}

/**
 * A collaborative text: a sequence of UTF-16 code units, as JavaScript counts them. Whoever applies the same updates, in
 * whatever order, repeated or not, has the same text; concurrent insertions do not interleave (Fugue).
 *
 * An index inside a surrogate pair counts as the one before the pair, and a removal takes whole pairs.
 */
export interface Text extends Replicated, Editable<string>, TimeTravel<string> {
  /** Inserts well-formed text. O(log n). Throws InvalidArgumentError or LimitExceededError. */
  insert(index: number, text: string): void;
  /** Removes `count` units from `index` on. O(log n) for each span. Throws InvalidArgumentError. */
  remove(index: number, count: number): void;
  toString(): string;
  /** The text from `from` to `to`, exclusive. */
  slice(from: number, to?: number): string;
}

/** An empty text. */
export function createText(options: TextOptions): Text {
  checkSequenceOptions(options);
  const limits = limitsOf(options);
  const units = new Units();
  const engine = Engine.create(options.replica, units, limits);
  return new EngineText(() => engine, units, limits, options.history ?? false);
}

/**
 * A text from the bytes of `encode`. Throws CorruptBytesError, InvalidUpdateError or LimitExceededError; a compressed
 * one needs the compression it was encoded with.
 *
 * Everything is checked at once; the index of a text that was written by one writer at a time is built when it is first
 * needed: reading and showing such a text does without.
 */
export function decodeText(
  bytes: Uint8Array,
  options: TextOptions & { readonly compression?: Compression },
): Text {
  checkSequenceOptions(options);
  const limits = limitsOf(options);
  const units = new Units();
  const { replica, compression, history = false } = options;
  checkReplicaId(replica);
  const shown = shownText(bytes, units.tag, limits, compression);
  if (shown === undefined) {
    const engine = Engine.decode(bytes, replica, units, limits, compression);
    return new EngineText(() => engine, units, limits, history);
  }
  const open = (): Engine => Engine.decode(shown.bytes, replica, units, limits, compression);
  return new EngineText(open, units, limits, history, shown);
}

export class EngineText extends EngineSequence<string> implements Text {
  declare protected readonly content: Units;
  protected readonly limits: SequenceLimits;
  /** What is known of it until the sequence behind it is needed. */
  #shown: Shown | undefined;
  /** The last edit, as long as it goes on and nobody follows. */
  #open: OpenEdit = new OpenEdit();

  constructor(open: () => Engine, units: Units, limits: SequenceLimits, history: boolean, shown?: Shown) {
    super(
      () => {
        this.#shown = undefined;
        return open();
      },
      units,
      history,
    );
    this.limits = limits;
    this.#shown = shown;
  }

  override get length(): number {
    return this.#shown === undefined ? super.length : this.#shown.text.length;
  }

  override version(): Version {
    return this.#shown?.version ?? super.version();
  }

  /** What was loaded and nobody has edited since need not be opened to be written again. */
  override encode(options: EncodeOptions = {}): Uint8Array {
    const bytes = this.#shown?.bytes;
    return bytes !== undefined && isWritten(bytes, options) ? bytes.slice() : super.encode(options);
  }

  insert(index: number, text: string): void {
    checkText(text);
    if (!this.goesOn(index, text)) this.#insert(index, text);
  }

  remove(index: number, count: number): void {
    if (count === 1 && !this.content.mayCut && this.#open.removeOn(index)) return;
    this.#remove(index, count);
  }

  /** Takes well-formed text in that goes on where the text before ended; false when it stands elsewhere. */
  protected goesOn(index: number, text: string): boolean {
    const open = this.#open;
    if (!open.insertOn(index, text.length)) return false;
    this.content.append(open.replica, text);
    return true;
  }

  #insert(index: number, text: string): void {
    this.checkRange(index, index);
    const size = text.length;
    if (size === 0) return;
    const { engine, changes } = this;
    const { sequence, self } = engine;
    const sizeMax = engine.admit(size, size, this.limits.elementsMax);
    const at = this.snap(index);
    this.content.append(self, text);
    if (changes.followed) {
      sequence.insertAt(self, at, size);
      changes.flush("local");
    } else {
      this.#open = sequence.open;
      this.#open.insert(self, at, size, sizeMax);
    }
  }

  #remove(index: number, count: number): void {
    this.checkStretch(index, count);
    if (count === 0) return;
    const { engine, changes } = this;
    const { sequence, self } = engine;
    const from = this.snap(index);
    const size = this.snapUp(index + count) - from;
    const sizeMax = engine.admit(size, 0, Number.POSITIVE_INFINITY);
    if (changes.followed) {
      sequence.removeAt(self, from, size);
      changes.flush("local");
    } else {
      this.#open = sequence.open;
      this.#open.remove(self, from, size, sizeMax, sequence.length - from);
    }
  }

  override toString(): string {
    return this.slice(0);
  }

  slice(from: number, to: number = this.length): string {
    this.checkRange(from, to);
    if (this.#shown !== undefined) return this.#shown.text.slice(from, to);
    if (from === to) return "";
    const { tree, log } = this.engine.sequence;
    const { content } = this;
    const units = new Uint16Array(to - from);
    let at = 0;
    tree.visit(from, to, (replica, seq, size) => {
      const first = log.contentOf(replica, seq);
      content.copyTo(units, at, replica, first, first + size);
      at += size;
    });
    return unitsToString(units);
  }

  trackUndo({ stepsMax = 256 }: { readonly stepsMax?: number } = {}): Undo {
    const undoable: Undoable<string> = {
      sequence: this.engine.sequence,
      transact: (edits) => this.transact(edits),
      insertBehind: (replica, seq, text) => this.insertBehind(replica, seq, text),
      remove: (index, count) => this.remove(index, count),
      indexOf: (replica, seq) => this.engine.sequence.indexOf(replica, seq),
    };
    return new UndoHistory(undoable, this.engine.self, stepsMax, (recorder) => this.changes.record(recorder));
  }

  override cursorAt(index: number, side: CursorSide = "left"): Cursor {
    this.checkRange(index, index);
    return super.cursorAt(this.snap(index), side);
  }

  protected insertBehind(replica: number, seq: number, text: string): void {
    const { sequence, self } = this.engine;
    this.engine.admit(text.length, text.length, this.limits.elementsMax);
    this.content.append(self, text);
    sequence.insertBehind(self, text.length, replica, seq);
    this.changes.flush("local");
  }

  /** The index, or the one before it when it stands between the halves of a pair. */
  protected snap(index: number): number {
    return this.splitsPair(index) ? index - 1 : index;
  }

  /** The index, or the one behind it when it stands between the halves of a pair. */
  protected snapUp(index: number): number {
    return this.splitsPair(index) ? index + 1 : index;
  }

  /** Whether an index stands between the halves of a pair. Texts without any pair are not looked into. */
  protected splitsPair(index: number): boolean {
    if (!this.content.mayCut || index === 0 || index === this.length) return false;
    const { tree, log } = this.engine.sequence;
    tree.seekBefore(index);
    return this.content.splits(tree.replica, log.contentOf(tree.replica, tree.seq + tree.offset));
  }
}

/** Refuses what is not well-formed text. */
export function checkText(text: string): void {
  if (typeof text !== "string")
    throw new InvalidArgumentError(`Only text can be inserted, not ${told(text)}.`);
  if (!(text.length === 1 ? isCharacter(text) : text.isWellFormed()))
    throw new InvalidArgumentError("Only well-formed text can be inserted: it has half of a surrogate pair.");
}

/** Whether one unit is well-formed alone: looking at a keystroke costs less than a call into the runtime. */
function isCharacter(unit: string): boolean {
  return (unit.charCodeAt(0) & 0xf800) !== 0xd800;
}
