import { OutcomeUnknownError } from "./errors.ts";
import type { ProposeOptions } from "./options.ts";

interface SessionParts<Command, Result> {
  /** Throws what the state machine's codec throws. */
  readonly encode: (command: Command) => Uint8Array;
  readonly propose: (command: Uint8Array, options: ProposeOptions) => Promise<Result>;
  readonly close: (id: number) => Promise<void>;
  readonly now: () => number;
  readonly timeoutMs: number;
}

/**
 * A client of the group, known to every member: each of its commands happens exactly once, even when it was
 * proposed again because nobody could tell what became of it (§8; Ongaro's thesis, §6.3).
 */
export class Session<Command, Result> {
  readonly id: number;
  readonly #parts: SessionParts<Command, Result>;
  #sequence = 0;
  /** Commands up to here are answered. */
  #answered = 0;
  readonly #unanswered: Set<number> = new Set();

  constructor(id: number, parts: SessionParts<Command, Result>) {
    this.id = id;
    this.#parts = parts;
  }

  /**
   * As `Raft.propose`, and tries again by itself when a snapshot hid the outcome. After an error whose `mayCommit` is
   * true, pass the command again through `retry`, under the number that it had: `sequence` right after this call.
   */
  async propose(command: Command, options: ProposeOptions = {}): Promise<Result> {
    // A command that cannot be encoded takes no number: it would hold back those after it.
    const encoded = this.#parts.encode(command);
    const sequence = ++this.#sequence;
    this.#unanswered.add(sequence);
    return this.#propose(sequence, encoded, options);
  }

  /** The number of the latest command: what `retry` wants. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Proposes a command again under the number that it had: it happens only if it has not happened yet. */
  async retry(sequence: number, command: Command, options: ProposeOptions = {}): Promise<Result> {
    return this.#propose(sequence, this.#parts.encode(command), options);
  }

  async #propose(sequence: number, command: Uint8Array, options: ProposeOptions): Promise<Result> {
    const { now } = this.#parts;
    const deadline = now() + (options.timeoutMs ?? this.#parts.timeoutMs);
    for (;;) {
      const once = { session: this.id, sequence, answered: this.#answered };
      try {
        const result = await this.#parts.propose(command, { ...options, timeoutMs: deadline - now(), once });
        this.#settle(sequence);
        return result;
      } catch (error) {
        if (error instanceof OutcomeUnknownError && now() < deadline) continue;
        // Certainly without effect: its number is of no more use, and must not hold back those after it.
        if ((error as { mayCommit?: boolean }).mayCommit === false) this.#settle(sequence);
        throw error;
      }
    }
  }

  #settle(sequence: number): void {
    this.#unanswered.delete(sequence);
    // In order of their numbers: the first is the oldest.
    const oldest = this.#unanswered.values().next().value ?? this.#sequence + 1;
    this.#answered = oldest - 1;
  }

  /** Ends the session on every member. */
  close(): Promise<void> {
    return this.#parts.close(this.id);
  }
}
