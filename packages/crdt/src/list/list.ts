import type { Codec } from "../kernel/codec.ts";
import { takeAll } from "../kernel/writable.ts";
import { type Compression, Engine, limitsOf, type SequenceLimits } from "../sequence/engine.ts";
import { checkSequenceOptions } from "../sequence/options.ts";
import { type Editable, EngineSequence, type Replicated, type TimeTravel } from "../sequence/replicated.ts";
import { type Undo, type Undoable, UndoHistory } from "../sequence/undo.ts";
import { Values } from "./values.ts";

export interface ListOptions extends Partial<SequenceLimits> {
  /** The writer's id: unique among all writers, and a new one after a restore from backup. */
  readonly replica: string;
  /** Keep removed values, for `at` and `diff`. Default false: they are gone from memory and bytes. */
  readonly history?: boolean;
}

/**
 * A collaborative list of values: the text's order and replication, with anything for characters. A value is replaced by
 * removing and inserting, and is not to be changed in place; where values move or are replaced, take the movable list.
 */
export interface List<T> extends Replicated, Editable<readonly T[]>, TimeTravel<readonly T[]>, Iterable<T> {
  /**
   * Inserts values before `index`. O(log n). Throws InvalidArgumentError or LimitExceededError. JavaScript itself bounds the
   * arguments of one call, to some 100,000: insert more in portions, within one `transact` when they belong together.
   */
  insert(index: number, ...values: readonly T[]): void;
  /** Appends values, as `insert` does. */
  push(...values: readonly T[]): void;
  /** Removes `count` values from `index` on. Their content is forgotten. Throws InvalidArgumentError. */
  remove(index: number, count?: number): void;
  /** The value at an index; undefined outside. O(log n). */
  get(index: number): T | undefined;
  toArray(): T[];
}

/** A list of either kind as documents take it: they hand on values that came as arguments, and as such they take up stack. */
export interface InsertsAll {
  insertAll(index: number, values: readonly unknown[]): void;
}

/** An empty list of the codec's values. */
export function createList<T>(codec: Codec<T>, options: ListOptions): List<T> {
  checkSequenceOptions(options);
  const limits = limitsOf(options);
  const values = new Values(codec);
  return new EngineList(
    Engine.create(options.replica, values, limits),
    values,
    codec,
    limits,
    options.history ?? false,
  );
}

/** A list from the bytes of `encode`. Throws CorruptBytesError, InvalidUpdateError or LimitExceededError. */
export function decodeList<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
  options: ListOptions & { readonly compression?: Compression },
): List<T> {
  checkSequenceOptions(options);
  const limits = limitsOf(options);
  const values = new Values(codec);
  const engine = Engine.decode(bytes, options.replica, values, limits, options.compression);
  return new EngineList(engine, values, codec, limits, options.history ?? false);
}

class EngineList<T> extends EngineSequence<T[]> implements List<T>, InsertsAll {
  readonly #values: Values<T>;
  readonly #codec: Codec<T>;
  readonly #limits: SequenceLimits;

  constructor(engine: Engine, values: Values<T>, codec: Codec<T>, limits: SequenceLimits, history: boolean) {
    super(() => engine, values, history);
    this.#values = values;
    this.#codec = codec;
    this.#limits = limits;
  }

  insert(index: number, ...values: readonly T[]): void {
    this.insertAll(index, values);
  }

  insertAll(index: number, values: readonly T[]): void {
    this.checkRange(index, index);
    if (values.length === 0) return;
    this.#append(takeAll(this.#codec, values));
    this.engine.sequence.insertAt(this.engine.self, index, values.length);
    this.changes.flush("local");
  }

  push(...values: readonly T[]): void {
    this.insertAll(this.length, values);
  }

  remove(index: number, count = 1): void {
    this.checkStretch(index, count);
    this.engine.admit(count, 0, Number.POSITIVE_INFINITY);
    this.engine.sequence.removeAt(this.engine.self, index, count);
    this.changes.flush("local");
  }

  get(index: number): T | undefined {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.length) return undefined;
    const { tree, log } = this.engine.sequence;
    tree.seekBefore(index);
    return this.#values.get(tree.replica, log.contentOf(tree.replica, tree.seq + tree.offset));
  }

  toArray(): T[] {
    const { tree, log } = this.engine.sequence;
    const array: T[] = [];
    tree.visit(0, tree.length, (replica, seq, size) => {
      const at = log.contentOf(replica, seq);
      for (let i = 0; i < size; i++) array.push(this.#values.get(replica, at + i));
    });
    return array;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.toArray()[Symbol.iterator]();
  }

  trackUndo({ stepsMax = 256 }: { readonly stepsMax?: number } = {}): Undo {
    const { sequence, self } = this.engine;
    const undoable: Undoable<readonly T[]> = {
      sequence,
      transact: (edits) => this.transact(edits),
      insertBehind: (replica, seq, values) => {
        this.#append(values);
        sequence.insertBehind(self, values.length, replica, seq);
        this.changes.flush("local");
      },
      remove: (index, count) => this.remove(index, count),
      indexOf: (replica, seq) => sequence.indexOf(replica, seq),
    };
    return new UndoHistory(undoable, self, stepsMax, (recorder) => this.changes.record(recorder));
  }

  #append(values: readonly T[]): void {
    this.engine.admit(values.length, values.length, this.#limits.elementsMax);
    this.#values.append(this.engine.self, values);
  }
}
