import type { ByteCodec, StateMachine } from "@coterie/state-machine";
import { Command, type Condition, type Entry, Outcome, type Put, type Remove } from "../gen/store.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

/** Bytes of a key in UTF-8, at most. */
export const keyBytesMax = 1024;

/** Bytes of a value, at most. */
export const valueBytesMax: number = 1024 * 1024;

const absent = 0;

const commands: ByteCodec<Command> = {
  encode: (command) => Command.encode(command).finish(),
  decode: (bytes) => Command.decode(bytes),
};

const results: ByteCodec<Outcome> = {
  encode: (outcome) => Outcome.encode(outcome).finish(),
  decode: (bytes) => Outcome.decode(bytes),
};

/**
 * The key-value map that every node keeps, as a pure function of the commands applied to it: no clock, no chance, no
 * order of its own. Revisions count the commands that changed something, so each write has a revision of its own and
 * two nodes that applied the same commands agree on all of them.
 */
export class Store implements StateMachine<Command, Outcome, string, Entry | undefined> {
  readonly commands = commands;
  readonly results = results;
  #entries = new Map<string, Entry>();
  #revision = 0;

  /** Keys in the map. */
  get size(): number {
    return this.#entries.size;
  }

  /** Applies the next command of the log. An unknown kind (a newer node's command) changes nothing. */
  apply(command: Command): Outcome {
    if (command.kind?.$case === "put") return this.#put(command.kind.value);
    if (command.kind?.$case === "remove") return this.#remove(command.kind.value);
    return { kind: undefined };
  }

  /** What stands under a key. */
  query(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Entries are never changed, only replaced: a list of them is the state as of now. */
  snapshot(): Iterable<Uint8Array> {
    return writeSnapshot(this.#revision, [...this.#entries.values()]);
  }

  /** Throws `SnapshotError`, and leaves the state as it was. */
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { revision, entries } = await readSnapshot(chunks);
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
    this.#revision = revision;
  }

  #put({ key, value, contentType, condition }: Put): Outcome {
    if (!this.#holds(key, condition)) return this.#refused(key);
    const revision = ++this.#revision;
    // The decoded value is a window into the whole message or batch: a copy lets that go.
    this.#entries.set(key, { key, value: value.slice(), contentType, revision });
    return { kind: { $case: "written", value: { revision } } };
  }

  #remove({ key, condition }: Remove): Outcome {
    if (!this.#holds(key, condition)) return this.#refused(key);
    const found = this.#entries.delete(key);
    if (found) this.#revision++;
    return { kind: { $case: "removed", value: { found } } };
  }

  #holds(key: string, condition: Condition | undefined): boolean {
    const revision = this.#revisionOf(key);
    switch (condition?.kind?.$case) {
      case undefined:
        return true;
      case "revision":
        return revision !== absent && revision === condition?.kind.value;
      case "present":
        return (revision !== absent) === condition?.kind.value;
    }
  }

  #refused(key: string): Outcome {
    return { kind: { $case: "refused", value: { revision: this.#revisionOf(key) } } };
  }

  #revisionOf(key: string): number {
    return this.#entries.get(key)?.revision ?? absent;
  }
}
