import type { Cancel, Clock } from "@coterie/host";
import type { Replica } from "@coterie/state-machine";
import { invariant } from "./core/invariant.ts";
import type { Position } from "./core/log.ts";
import { StoppedError } from "./errors.ts";
import { type Entry, EntryKind } from "./gen/raft.ts";

type AnyReplica = Replica<never, unknown, never, unknown>;

/** Applying that long, the loop gets to its sockets and timers: a backlog must not look like a dead node. */
const turnMs = 5;

export interface ApplierParts {
  readonly clock: Clock;
  readonly replica: AnyReplica;
  /** An entry is applied. Commands have an outcome. */
  readonly applied: (entry: Entry, outcome?: ReturnType<AnyReplica["apply"]>) => void;
  /** Everything that was handed over is applied, and stored where the state machine is on disk, up to this index. */
  readonly done: (index: number) => void;
  /** The state machine threw. */
  readonly failed: (error: Error) => void;
}

/**
 * Applies what is committed, in order and in slices, and answers reads once their index is applied. While a snapshot
 * is being restored nothing is handed over.
 */
export class Applier {
  readonly #parts: ApplierParts;
  #position: Position;
  #slice: readonly Entry[] = [];
  /** How many of the slice are applied. */
  #count = 0;
  /** How long applying has taken since the loop last got to anything else. */
  #spentMs = 0;
  #cancel: Cancel = () => {};
  #restoring: Promise<unknown> | null = null;
  /** A state machine on disk writes down what was applied. Nothing is applied meanwhile. */
  #storing: Promise<void> | null = null;
  /** What waits until everything that is applied is stored. */
  #whenStored: (() => void)[] = [];
  /** Counts the snapshots that were to be restored. */
  #restores = 0;
  #closed = false;
  /** Ordered by index. */
  readonly #reads: { readonly index: number; readonly answer: () => void }[] = [];

  /** `position` is where the replica's state stands. */
  constructor(parts: ApplierParts, position: Position) {
    this.#parts = parts;
    this.#position = position;
  }

  /** The last place that is applied. */
  get position(): Position {
    return this.#position;
  }

  /** Takes what is to be applied next; the last slice must be done. */
  apply(entries: readonly Entry[]): void {
    invariant(!this.#restoring, "entries are handed over while a snapshot is being restored");
    invariant(!this.#storing, "entries are handed over while what stands before them is being stored");
    this.#slice = entries;
    this.#count = 0;
    this.#goOn();
  }

  #goOn(): void {
    const { clock, replica, failed } = this.#parts;
    const began = clock.now();
    let storing: void | Promise<void>;
    try {
      while (this.#count < this.#slice.length) {
        if (this.#count % 16 === 0 && this.#spentMs + clock.now() - began >= turnMs) return this.#yield();
        this.#one(this.#slice[this.#count++]!);
      }
      storing = replica.store(this.#position);
      this.#spentMs += clock.now() - began;
      this.#answerReads();
    } catch (error) {
      return failed(error as Error);
    }
    this.#slice = [];
    this.#count = 0;
    if (storing) this.#await(storing);
    else this.#sliceDone();
  }

  #await(storing: Promise<void>): void {
    const awaited = storing.then(() => {
      this.#storing = null;
      // A snapshot that is waiting to be restored takes the place of all this.
      if (!this.#closed && !this.#restoring) this.#sliceDone();
    });
    this.#storing = awaited;
    awaited.catch(this.#parts.failed);
  }

  #sliceDone(): void {
    for (const take of this.#whenStored.splice(0)) take();
    this.#parts.done(this.#position.index);
  }

  /** Calls `take` once the state machine has stored everything that is applied, before it applies anything more. */
  whenStored(take: () => void): void {
    if (this.#slice.length > 0 || this.#storing || this.#restoring) this.#whenStored.push(take);
    else take();
  }

  #yield(): void {
    const { clock } = this.#parts;
    this.#spentMs = 0;
    this.#cancel = clock.wake(clock.now(), () => this.#goOn());
  }

  #one(entry: Entry): void {
    const { replica, applied } = this.#parts;
    invariant(
      entry.index === this.#position.index + 1,
      `entry ${entry.index} is applied after ${this.#position.index}`,
    );
    this.#position = entry;
    if (entry.kind === EntryKind.COMMAND) applied(entry, replica.apply(entry.data, entry));
    else applied(entry);
  }

  /**
   * Replaces the state by a snapshot; what was not applied yet stands before it. Resolves with whether it was restored:
   * not when a later one was to be restored before its turn came. Rejects when it cannot be read.
   */
  restore(to: Position, read: () => AsyncIterable<Uint8Array>): Promise<boolean> {
    this.#dropSlice();
    const before = this.#restoring ?? this.#storing ?? Promise.resolve();
    const turn = ++this.#restores;
    const isLast = (): boolean => turn === this.#restores && !this.#closed;
    const restore = async (): Promise<boolean> => {
      // The file of one that was overtaken may be gone by now.
      if (!isLast()) return false;
      const position = { index: to.index, term: to.term, time: to.time };
      await this.#parts.replica.restore(this.#whileOpen(read()), position);
      if (!isLast()) return false;
      this.#position = position;
      this.#restoring = null;
      this.#answerReads();
      this.#sliceDone();
      return true;
    };
    const restoring = before.then(restore);
    this.#restoring = restoring;
    return restoring;
  }

  async *#whileOpen(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      if (this.#closed) throw new StoppedError(false);
      yield chunk;
    }
  }

  get isRestoring(): boolean {
    return this.#restoring !== null;
  }

  /** Resolves once no snapshot is being restored. */
  async settled(): Promise<void> {
    while (this.#restoring) await this.#restoring;
  }

  /** Calls `answer` once everything up to `index` is applied. */
  whenApplied(index: number, answer: () => void): void {
    if (index <= this.#position.index && !this.#restoring) return answer();
    let at = this.#reads.length;
    while (at > 0 && this.#reads[at - 1]!.index > index) at--;
    this.#reads.splice(at, 0, { index, answer });
  }

  #answerReads(): void {
    let count = 0;
    while (count < this.#reads.length && this.#reads[count]!.index <= this.#position.index) count++;
    for (const { answer } of this.#reads.splice(0, count)) answer();
  }

  #dropSlice(): void {
    this.#cancel();
    this.#slice = [];
    this.#count = 0;
  }

  /** Applies nothing more. Resolves once the state machine is left alone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dropSlice();
    await this.#restoring?.catch(() => {});
    await this.#storing?.catch(() => {});
  }
}
