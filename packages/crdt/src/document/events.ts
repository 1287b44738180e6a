import type { ChangeEvent, Joinable } from "../sequence/changes.ts";
import { Listeners } from "../sequence/listeners.ts";
import type { Contents } from "./contents.ts";
import { keyOf, type Path, partAt, pathOf } from "./paths.ts";
import type { SequencePart } from "./sequences.ts";

/** What happened in a transaction or came with an update, told once. All listeners are given the same, which is frozen. */
export interface DocumentEvent<Change> {
  readonly origin: "local" | "remote";
  readonly changes: readonly Change[];
}

export type DocumentListener<Change> = (event: DocumentEvent<Change>) => void;

export interface AnyChange {
  readonly path: Path;
  readonly kind: string;
}

/** Gathers what happens into one event. Follows nothing while nobody listens. */
export class Events {
  readonly #listeners = new Listeners<DocumentEvent<unknown>>();
  readonly #followed = new Map<SequencePart, () => void>();
  #contents: Contents | undefined;
  #touched = new Set<string>();
  #sequences = new Map<SequencePart, Omit<ChangeEvent<Joinable>, "origin">>();

  watch(contents: Contents): void {
    this.#contents = contents;
  }

  listen(listener: DocumentListener<unknown>): () => void {
    const stop = this.#listeners.add(listener);
    for (const part of this.#contents?.sequences.values() ?? []) this.follow(part);
    return () => {
      stop();
      if (this.#listeners.size > 0) return;
      for (const stop of this.#followed.values()) stop();
      this.#followed.clear();
    };
  }

  /** Called for every text and list of the document that may be edited. */
  follow(part: SequencePart): void {
    if (this.#listeners.size === 0 || !part.isOpen || this.#followed.has(part)) return;
    // A text or list tells once of each transaction; what it tells besides its steps goes along.
    const stop = part.changes.listen(({ origin: _, ...told }) => this.#sequences.set(part, told));
    this.#followed.set(part, stop);
  }

  /** Lets go of texts and lists that are not in the document any more. */
  unfollowOthers(): void {
    const here = new Set(this.#contents?.sequences.values());
    for (const [part, stop] of this.#followed) {
      if (here.has(part)) continue;
      stop();
      this.#followed.delete(part);
    }
  }

  /** The lattice at a key may have changed. */
  touch(key: string): void {
    if (this.#listeners.size > 0) this.#touched.add(key);
  }

  /** Makes an event of what happened since the one before. Listeners hear of it with the next `tell`. */
  raise(origin: "local" | "remote"): void {
    if (this.#touched.size + this.#sequences.size === 0) return;
    const sequences = [...this.#sequences].map(([{ path, schema }, told]) => ({
      path,
      kind: schema.kind,
      ...told,
    }));
    const lattices = [...this.#touched].map((key) =>
      latticeChange(this.#contents!, pathOf(this.#contents!.root, key)),
    );
    this.#touched = new Set();
    this.#sequences = new Map();
    const changes = [...sequences, ...lattices];
    for (const change of changes) {
      Object.freeze(change.path);
      Object.freeze(change);
    }
    this.#listeners.raise(Object.freeze({ origin, changes: Object.freeze(changes) }));
  }

  tell(): void {
    this.#listeners.tell();
  }
}

/** What a lattice is now, as a change. */
export function latticeChange(contents: Pick<Contents, "root" | "lattices">, path: Path): AnyChange {
  if (path[path.length - 1] === 0)
    return { path: path.slice(0, -2), kind: "record", key: path[path.length - 2] } as AnyChange;
  const { kind } = partAt(contents.root, path);
  return {
    path,
    kind,
    // Read when it is looked at: of a great set it is not cheap.
    get value() {
      return contents.lattices.value(keyOf(path));
    },
  } as AnyChange;
}
