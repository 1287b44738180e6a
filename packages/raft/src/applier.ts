import type { Replica } from "@coterie/state-machine";
import { invariant } from "./core/invariant.ts";
import type { Position } from "./core/log.ts";
import { type Entry, EntryKind } from "./gen/raft.ts";

type AnyReplica = Replica<never, unknown, never, unknown>;

/** What a committed entry came to, for whoever proposed it. */
export type Applied = (entry: Entry, outcome: ReturnType<AnyReplica["apply"]>) => void;

/**
 * Applies what is committed, in order, and answers reads once their index is applied. While a snapshot is being
 * restored, everything behind it waits.
 */
export class Applier {
  readonly #replica: AnyReplica;
  readonly #applied: Applied;
  #position: Position;
  #restoring: Promise<void> | null = null;
  #held: (readonly Entry[])[] = [];
  /** Ordered by index. */
  readonly #reads: { readonly index: number; readonly answer: () => void }[] = [];

  /** `position` is where the replica's state stands. */
  constructor(replica: AnyReplica, position: Position, applied: Applied) {
    this.#replica = replica;
    this.#position = position;
    this.#applied = applied;
  }

  /** The last place that is applied. */
  get position(): Position {
    return this.#position;
  }

  /** Throws what the state machine throws. */
  apply(entries: readonly Entry[]): void {
    if (this.#restoring) {
      this.#held.push(entries);
      return;
    }
    for (const entry of entries) {
      invariant(
        entry.index === this.#position.index + 1,
        `entry ${entry.index} is applied after ${this.#position.index}`,
      );
      this.#position = entry;
      if (entry.kind !== EntryKind.COMMAND) continue;
      this.#applied(entry, this.#replica.apply(entry.data, entry));
    }
    this.#answerReads();
  }

  /** Replaces the state by a snapshot. Rejects when it cannot be read. */
  restore(to: Position, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const before = this.#restoring ?? Promise.resolve();
    // What was held stands before this snapshot, which holds it.
    this.#held = [];
    const restoring = before
      .then(() => this.#replica.restore(chunks))
      .then(() => {
        this.#position = { index: to.index, term: to.term, time: to.time };
        if (this.#restoring !== restoring) return;
        this.#restoring = null;
        const held = this.#held;
        this.#held = [];
        this.#answerReads();
        for (const entries of held) this.apply(entries);
      });
    this.#restoring = restoring;
    return restoring;
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
}
