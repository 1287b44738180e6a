import type { Command, Condition, Entry, Outcome, Put, Remove, Snapshot } from "../gen/store.ts";

/** Bytes of a key in UTF-8, at most. */
export const keyBytesMax = 1024;

/** Bytes of a value, at most. */
export const valueBytesMax: number = 1024 * 1024;

const absent = 0;

/**
 * The key-value map that every node keeps, as a pure function of the commands applied to it: no clock, no chance, no
 * order of its own. Revisions count the commands that changed something, so each write has a revision of its own and
 * two nodes that applied the same commands agree on all of them.
 */
export class Store {
  readonly #entries = new Map<string, Entry>();
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

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  snapshot(): Snapshot {
    return { revision: this.#revision, entries: [...this.#entries.values()] };
  }

  restore(snapshot: Snapshot): void {
    this.#entries.clear();
    this.#revision = snapshot.revision;
    for (const entry of snapshot.entries) this.#entries.set(entry.key, entry);
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
